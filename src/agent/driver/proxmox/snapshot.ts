import { markDescription, snapshotNameProblem, type Container, type Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { checkAbort } from "../process.ts";
import { parseConf } from "./conf.ts";
import { editConf } from "./edit.ts";
import { bareText, keptOut, noOthers, writeHeld } from "./held.ts";
import type { Host } from "./host.ts";
import { look, readConf } from "./observe.ts";
import { lastStart, writePristine } from "./pristine.ts";
import { readied } from "./ready.ts";
import { endUnfinished, putBack } from "./recover.ts";
import { readSnapshotted } from "./snapshotted.ts";
import { perform } from "./task.ts";

/** Driver.snapshot: the root file system, and the volumes that are to be in it. All other mount points are out of N.conf for that moment. */
export async function snapshot(host: Host, ctid: Ctid, action: Extract<Action, { do: "snapshot" }>, call: Call): Promise<void> {
  checkAbort(call.signal);
  const { name } = action;
  const problem = snapshotNameProblem(name);
  if (problem !== null) throw new Fault("INVALID", `"${name}" is not a snapshot name: ${problem}`, "choose another name");
  const start = await lastStart(host, ctid);
  const container = await readied(host, ctid, call);
  const same = container.snapshots.find((each) => each.name === name);
  if (same?.run === call.run) return;
  if (same !== undefined) throw taken(container, action);
  checkSupport(container);
  await endUnfinished(host, ctid, name);
  try {
    await takeOut(host, ctid, await readSnapshotted(host.state_dir, ctid), call.signal);
    const description = markDescription(action.description, call.run);
    await perform(host, ctid, call, {
      task: "snapshot",
      args: ["snapshot", String(ctid), name, "--description", description],
      snapshot: name,
    });
  } finally {
    await putBack(host, ctid);
  }
  if (container.state === "stopped") await writePristine(host.state_dir, ctid, name, start);
  if (!(await look(host, ctid)).snapshots.some((each) => each.name === name && each.run === call.run)) {
    throw new Fault("BACKEND_FAILED", `pct snapshot has ended well, and there is no snapshot ${name}`);
  }
}

/**
 * Takes the mount points out of N.conf, but for volumes that are to be in a snapshot; a running container does not notice (facts).
 * What is taken out is on disk before.
 */
export async function takeOut(host: Host, ctid: Ctid, snapshotted: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  if (keptOut((await readConf(host, ctid))?.main ?? [], snapshotted).length === 0) return;
  await editConf(host, ctid, signal, async (text) => {
    const conf = parseConf(text);
    const lines = keptOut(conf.main, snapshotted);
    if (lines.length === 0) return text;
    const bare = bareText(conf, lines);
    await writeHeld(host.state_dir, ctid, { before: text, bare, lines, section: { name: "", lines: [] }, others: noOthers });
    return bare;
  });
}

function taken({ ctid }: Container, { name, replace }: Extract<Action, { do: "snapshot" }>): Fault {
  if (replace === "atomic")
    return new Fault("UNSUPPORTED", `Proxmox can't replace snapshot ${name} in one step`, "delete it, and take it anew");
  return new Fault(
    "SNAPSHOT_EXISTS",
    `container ${ctid} has a snapshot ${name} already`,
    `phoenixctl snapshot delete ${ctid} ${name}, or choose another name`,
  );
}

function checkSupport({ ctid, snapshot_support: support }: Container): void {
  if (support.can !== "none") return;
  throw new Fault("SNAPSHOT_UNSUPPORTED", `container ${ctid} can't be snapshotted: ${support.why}`, "move it to btrfs, ZFS or LVM-thin");
}
