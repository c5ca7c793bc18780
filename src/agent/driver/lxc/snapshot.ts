import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { markDescription, readDescription, snapshotNameProblem, type Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { checkAbort } from "../process.ts";
import { changeable, found, moved, type Found } from "./container.ts";
import { syncFolder, writeAtomic, writeSynced } from "./files.ts";
import { thaw, whileFrozen } from "./freeze.ts";
import { freshId, type Pool } from "./paths.ts";
import { kill } from "./power.ts";
import { findSnapshot, readIndex, withSnapshot, without, writeIndex, type Index } from "./snapshots.ts";
import { sweep } from "./sweep.ts";
import { copyTree, volumesOf } from "./tree.ts";

/** Driver.snapshot: a new tree, then a new index, then the tree of the old snapshot of that name goes. */
export async function snapshot(pool: Pool, ctid: Ctid, action: Extract<Action, { do: "snapshot" }>, call: Call): Promise<void> {
  const problem = snapshotNameProblem(action.name);
  if (problem !== null)
    throw new Fault("INVALID", `${JSON.stringify(action.name)} is no name for a snapshot: ${problem}`, "Choose another name.");
  const { container, index } = await prepared(pool, ctid, call.signal);
  const same = index.snapshots.find(({ name }) => name === action.name);
  if (same !== undefined && readDescription(same.description).run === call.run) return;
  if (same !== undefined && action.replace === "never") {
    throw new Fault(
      "SNAPSHOT_EXISTS",
      `container ${ctid} has a snapshot ${action.name} already`,
      `Delete it first: phoenixctl snapshot delete ${ctid} ${action.name}`,
    );
  }
  const { home, tree, storage, text } = container;
  const id = freshId();
  const stored = join(home.snaps, id);
  const take = () => copyTree(storage, tree, stored, "frozen", call.signal);
  const several = (await volumesOf(tree)).length > 0; // taken one after the other, they are of one moment only when nothing moves
  await (storage.smears || several ? whileFrozen(pool, home, take) : take());
  await writeSynced(join(stored, "config"), text, 0o644);
  await syncFolder(stored);
  await syncFolder(home.snaps);
  checkAbort(call.signal);
  const added = { id, name: action.name, created: Date.now(), description: markDescription(action.description, call.run), parent: null };
  const after = withSnapshot(index, added);
  await writeIndex(home, after);
  await sweep(container, after);
}

/** Driver.deleteSnapshot: out of the index, and then off the disk. */
export async function deleteSnapshot(pool: Pool, ctid: Ctid, name: string, call: Call): Promise<void> {
  const { container, index } = await prepared(pool, ctid, call.signal);
  const after = without(index, name);
  if (after !== index) await writeIndex(container.home, after);
  await sweep(container, after);
}

/**
 * Driver.restore: a new live tree is made from the snapshot, and the snapshot's config, which then names that tree, takes the
 * place of the config. Volumes of snapshots that this one does not know go over into the new tree.
 */
export async function restore(pool: Pool, ctid: Ctid, name: string, call: Call): Promise<void> {
  const { container, index } = await prepared(pool, ctid, call.signal);
  const { home, storage, tree } = container;
  const { id } = findSnapshot(index, name, String(ctid));
  const stored = join(home.snaps, id);
  const then = found(home, await readFile(join(stored, "config"), "utf8"));
  await kill(pool, container, call.signal);
  const next = join(home.live, freshId());
  await copyTree(storage, stored, next, "live", call.signal);
  const known = new Set(await volumesOf(stored));
  const unknown = (await volumesOf(tree)).filter((volume) => !known.has(volume));
  await copyTree(storage, tree, next, "live", call.signal, unknown);
  checkAbort(call.signal);
  const text = moved(then, home, next);
  await writeAtomic(home.config, text);
  const after = { ...index, parent: id };
  await writeIndex(home, after);
  await sweep(found(home, text), after);
}

/** The container, thawed if we froze it, and without what was left over by calls that were cut off. */
async function prepared(pool: Pool, ctid: Ctid, signal: AbortSignal): Promise<{ readonly container: Found; readonly index: Index }> {
  const container = await changeable(pool, ctid, signal);
  await thaw(pool, container.home);
  const index = await readIndex(container.home);
  await sweep(container, index);
  return { container, index };
}
