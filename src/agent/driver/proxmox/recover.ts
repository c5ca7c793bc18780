import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { readIfThere } from "../lxc/files.ts";
import { fieldsOf, parseConf, type Conf } from "./conf.ts";
import { editConf } from "./edit.ts";
import { essence } from "./errors.ts";
import { forgetHeld, heldBack, readHeld } from "./held.ts";
import { confPath, type Host } from "./host.ts";
import { forgetIntent, lockOf, lockOfSource, readIntent, type Intent } from "./intent.ts";
import { orphansEnded } from "./orphans.ts";
import { unfinishedSnapshots } from "./snapshots.ts";

const never = new AbortController().signal;

/**
 * Brings a container out of what an earlier call of ours was cut off in, if one was: first what pct was doing, then the mount points. Fault LOCKED,
 * transient, while that is still at work.
 */
export async function recover(host: Host, ctid: Ctid): Promise<void> {
  const intent = await readIntent(host.state_dir, ctid);
  if (intent !== null) {
    host.log.info({ ctid, run: intent.run, task: intent.task }, "a call of pct was cut off: clearing up after it");
    await workersEnded(host, ctid, intent);
    if ((await settle(host, ctid, intent)) === "at work")
      throw new Fault(
        "LOCKED",
        `container ${ctid}: pct ${intent.task}, which was begun by run ${intent.run}, is still at work`,
        "wait until that has ended; the list of tasks in Proxmox's web interface shows it",
        "transient",
      );
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

/**
 * Takes away what a task has left that did not come to its end: its lock, half of a snapshot, half of a container. Not while a worker is at it, which
 * outlives a pct that is killed: without its lock it would fail half-way. "at work": it has not ended in a long time, and nothing was touched.
 */
export async function settle(host: Host, ctid: Ctid, intent: Intent): Promise<"settled" | "at work"> {
  const { task, source, snapshot } = intent;
  if ((await hasLeft(host, ctid, intent)) && !(await workersEnded(host, ctid, intent))) return "at work";
  const conf = await confOf(host, ctid);
  if (conf !== null) {
    const left = lockIn(conf) !== null && lockIn(conf) === lockOf[task];
    if (left) await quietly(host, ctid, ["unlock", String(ctid)]);
    // Made by us a moment ago and never finished, or on its way out: there is nothing of anybody's in it.
    if (left && (task === "create" || task === "clone" || task === "destroy")) await quietly(host, ctid, ["destroy", String(ctid)]);
    await endUnfinished(host, ctid, snapshot);
  }
  if (source === null) return "settled";
  const from = task === "clone" ? await confOf(host, source) : null;
  if (from !== null && lockIn(from) === lockOfSource) await quietly(host, ctid, ["unlock", String(source)]);
  await putBack(host, source);
  return "settled";
}

/** Whether a lock or half of a snapshot is there that may be a task's. */
async function hasLeft(host: Host, ctid: Ctid, { task, source, snapshot }: Intent): Promise<boolean> {
  const conf = (await confOf(host, ctid)) ?? parseConf("");
  const from = source === null ? null : await confOf(host, source);
  const lock = lockIn(conf);
  return (lock !== null && lock === lockOf[task]) || hasUnfinished(conf, snapshot) || (from !== null && lockIn(from) === lockOfSource);
}

/** Waits for the workers of a task; false when they have not ended in a long time. */
export async function workersEnded(host: Host, ctid: Ctid, { run, task, source, mark }: Intent): Promise<boolean> {
  const ctids = source === null ? [ctid] : [ctid, source];
  return orphansEnded(ctids, mark, () => host.log.info({ ctid, run, task }, "a worker of pct goes on: waiting for it"));
}

/**
 * Deletes a snapshot for good whose making or deleting was cut off. By force only where it does not go without: that leaves
 * what it could not delete on the storage.
 */
export async function endUnfinished(host: Host, ctid: Ctid, name: string): Promise<void> {
  const pending = async () => hasUnfinished((await confOf(host, ctid)) ?? parseConf(""), name);
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

function hasUnfinished(conf: Conf, name: string): boolean {
  return unfinishedSnapshots(conf).some((snapshot) => snapshot.name === name);
}

function lockIn(conf: Conf): string | null {
  return fieldsOf(conf.main).get("lock") ?? null;
}

/** What goes wrong while clearing up is said, and shows again in what is done next. */
async function quietly(host: Host, ctid: Ctid, args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.pct(args, {}, never);
  host.log.info({ ctid }, `pct ${args.join(" ")}: ${code === 0 ? "done" : essence(stderr)}`);
}
