import type { Container, Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { linesOf, parseConf, type Conf } from "./conf.ts";
import { editConf } from "./edit.ts";
import { bareTextIn, keptOut, othersOf, sameSettings, writeHeld } from "./held.ts";
import { isUnderHa } from "./ha.ts";
import type { Host } from "./host.ts";
import { isMountPoint } from "./mounts.ts";
import { look, readConf } from "./observe.ts";
import { stop } from "./power.ts";
import { readied } from "./ready.ts";
import { endUnfinished, putBack } from "./recover.ts";
import { lastStart, writePristine } from "./pristine.ts";
import { unfinishedSnapshots } from "./snapshots.ts";
import { readSnapshotted } from "./snapshotted.ts";
import { perform } from "./task.ts";

/**
 * Driver.restore. Proxmox replaces the whole configuration by the snapshot's (facts): volumes that the snapshot does not know become unusedN, bind mounts
 * are gone, tags, protection, devices and the like are the snapshot's. They are put back right afterwards, as they were, without a pct of their own.
 */
export async function restore(host: Host, ctid: Ctid, name: string, call: Call): Promise<void> {
  const container = await readied(host, ctid, call);
  checkRestorable(container, name);
  // Half of a snapshot is in the way there like a whole one, and nobody sees it.
  if (container.snapshot_support.can === "newest")
    for (const half of unfinishedSnapshots((await readConf(host, ctid)) ?? parseConf(""))) await endUnfinished(host, ctid, half.name);
  // It would start the container again as soon as the rollback has stopped it.
  if (container.state !== "stopped" && (await isUnderHa(host, ctid))) await stop(host, ctid, { how: "kill" }, call);
  try {
    await hold(host, ctid, name, call.signal);
    await perform(host, ctid, call, { task: "rollback", args: ["rollback", String(ctid), name] });
  } finally {
    await putBack(host, ctid);
  }
  const start = await lastStart(host, ctid);
  const { state } = await look(host, ctid);
  if (state !== "stopped")
    throw new Fault("STATE_CHANGED", `container ${ctid} is ${state} after it was restored: somebody else has started it`);
  await writePristine(host.state_dir, ctid, name, start);
}

/**
 * Writes down which mount points and other settings the rollback will lose. One of a snapshot that was taken with data volumes in it, by another hand than ours, would
 * revert their data too: those are taken out of the snapshot's section meanwhile, which is all that Proxmox looks at.
 */
async function hold(host: Host, ctid: Ctid, name: string, signal: AbortSignal): Promise<void> {
  const snapshotted = await readSnapshotted(host.state_dir, ctid);
  const lostFrom = ({ main, sections }: Conf) => {
    const section = sections.find((each) => each.name === name)?.lines ?? [];
    return {
      lines: linesOf(main, isMountPoint),
      section: { name, lines: keptOut(section, snapshotted) },
      others: { before: othersOf(main), snapshot: othersOf(section) },
    };
  };
  const lost = lostFrom((await readConf(host, ctid)) ?? parseConf(""));
  if (lost.section.lines.length === 0) {
    // N.conf stays as it is, so its lock, which costs a process, is not needed.
    const isChanged = lost.lines.length > 0 || !sameSettings(lost.others.before, lost.others.snapshot);
    if (isChanged) await writeHeld(host.state_dir, ctid, { before: "", bare: "", ...lost });
    return;
  }
  await editConf(host, ctid, signal, async (text) => {
    const conf = parseConf(text);
    const held = lostFrom(conf);
    const bare = bareTextIn(conf, name, held.section.lines);
    await writeHeld(host.state_dir, ctid, { before: text, bare, ...held });
    return bare;
  });
}

/** Driver.deleteSnapshot. */
export async function deleteSnapshot(host: Host, ctid: Ctid, name: string, call: Call): Promise<void> {
  const { snapshots } = await readied(host, ctid, call);
  const there = async () => (await look(host, ctid)).snapshots.some((snapshot) => snapshot.name === name);
  await endUnfinished(host, ctid, name);
  if (!snapshots.some((snapshot) => snapshot.name === name)) return;
  try {
    await perform(host, ctid, call, { task: "delsnapshot", args: ["delsnapshot", String(ctid), name], snapshot: name });
  } catch (thrown) {
    // What was left half deleted has been deleted by force meanwhile (recover.ts).
    if (call.signal.aborted || (await there())) throw thrown;
    call.note(
      `${name} is deleted, and something of it may be left on the storage: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  if (await there()) throw new Fault("BACKEND_FAILED", `pct delsnapshot has ended well, and snapshot ${name} is still there`);
}

function checkRestorable({ ctid, snapshots, snapshot_support: support }: Container, name: string): void {
  const at = snapshots.findIndex((snapshot) => snapshot.name === name);
  const names = snapshots.map((snapshot) => snapshot.name);
  if (at < 0)
    throw new Fault(
      "SNAPSHOT_MISSING",
      `container ${ctid} has no snapshot ${name} (it has: ${names.join(", ") || "none"})`,
      `phoenixctl snapshot list ${ctid}`,
    );
  const newer = names.slice(at + 1);
  if (support.can !== "newest" || newer.length === 0) return;
  const message = `this storage can only go back to its newest snapshot, and ${newer.join(", ")} ${newer.length === 1 ? "is" : "are"} newer than ${name}`;
  throw new Fault("SNAPSHOT_NOT_NEWEST", message, `phoenixctl snapshot delete ${ctid} ${newer.at(-1) ?? ""}, or --delete-newer`);
}
