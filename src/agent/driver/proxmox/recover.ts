import type { Ctid } from "../../domain/container.ts";
import { readIfThere } from "../lxc/files.ts";
import { fieldsOf, parseConf, type Conf } from "./conf.ts";
import { editConf } from "./edit.ts";
import { essence } from "./errors.ts";
import { forgetHeld, heldBack, readHeld } from "./held.ts";
import { confPath, type Host } from "./host.ts";
import { forgetIntent, lockOf, readIntent, type Intent } from "./intent.ts";
import { orphansEnded } from "./orphans.ts";
import { unfinishedSnapshots } from "./snapshots.ts";

const never = new AbortController().signal;

/** Brings a container out of what an earlier call of ours was cut off in, if one was: first what pct was doing, then the mount points. */
export async function recover(host: Host, ctid: Ctid): Promise<void> {
  const intent = await readIntent(host.state_dir, ctid);
  if (intent !== null) {
    host.log.info({ ctid, run: intent.run, task: intent.task }, "a call of pct was cut off: clearing up after it");
    if (!(await orphansEnded(ctid, intent.mark)))
      host.log.warn({ ctid, run: intent.run, task: intent.task }, "it is still at work after a minute");
    await settle(host, ctid, intent);
    await forgetIntent(host.state_dir, ctid);
  }
  await putBack(host, ctid);
}

/** Puts mount points back that are out of N.conf, and forgets them. Nothing when none are. */
export async function putBack(host: Host, ctid: Ctid): Promise<void> {
  const held = await readHeld(host.state_dir, ctid);
  if (held === null) return;
  const exists = (await readIfThere(confPath(host, ctid))) !== null;
  if (exists) await editConf(host, ctid, never, (text) => heldBack(text, held));
  await forgetHeld(host.state_dir, ctid);
}

/** Takes away what a task has left that did not come to its end: its lock, half of a snapshot, half of a container. */
export async function settle(host: Host, ctid: Ctid, intent: Intent): Promise<void> {
  const conf = await confOf(host, ctid);
  if (conf !== null) {
    const left = lockIn(conf) !== null && lockIn(conf) === lockOf[intent.task];
    if (left) await quietly(host, ctid, ["unlock", String(ctid)]);
    // Made by us a moment ago and never finished, or on its way out: there is nothing of anybody's in it.
    if (left && (intent.task === "create" || intent.task === "clone" || intent.task === "destroy"))
      await quietly(host, ctid, ["destroy", String(ctid)]);
    await endUnfinished(host, ctid, intent.snapshot);
  }
  const source = intent.task === "clone" && intent.source !== null ? await confOf(host, intent.source) : null;
  if (source !== null && lockIn(source) === "disk") await quietly(host, ctid, ["unlock", String(intent.source)]);
  if (intent.source !== null) await putBack(host, intent.source);
}

/**
 * Deletes a snapshot for good whose making or deleting was cut off. By force only where it does not go without: that leaves
 * what it could not delete on the storage.
 */
export async function endUnfinished(host: Host, ctid: Ctid, name: string): Promise<void> {
  const pending = async () => unfinishedSnapshots((await confOf(host, ctid)) ?? parseConf("")).some((snapshot) => snapshot.name === name);
  for (const force of [[], ["--force", "1"]]) {
    if (!(await pending())) return;
    await quietly(host, ctid, ["delsnapshot", String(ctid), name, ...force]);
    const conf = await confOf(host, ctid);
    if (conf !== null && lockIn(conf) === "snapshot-delete") await quietly(host, ctid, ["unlock", String(ctid)]);
  }
}

async function confOf(host: Host, ctid: Ctid): Promise<Conf | null> {
  const text = await readIfThere(confPath(host, ctid));
  return text === null ? null : parseConf(text);
}

function lockIn(conf: Conf): string | null {
  return fieldsOf(conf.main).get("lock") ?? null;
}

/** What goes wrong while clearing up is said, and shows again in what is done next. */
async function quietly(host: Host, ctid: Ctid, args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.pct(args, {}, never);
  host.log.info({ ctid }, `pct ${args.join(" ")}: ${code === 0 ? "done" : essence(stderr)}`);
}
