import type { Snapshot } from "../../domain/container.ts";
import { readDescription } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { readIfThere, writeAtomic } from "./files.ts";
import type { Home } from "./paths.ts";

/** A snapshot as it is stored: the tree `snaps/<id>`, which is never changed, and what it is called. */
export interface Stored {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  /** With the mark of the run (domain: markDescription). */
  readonly description: string;
  /** The id of the snapshot that it was made on. */
  readonly parent: string | null;
}

/** Which snapshots there are, oldest first, and which one the live tree stands on. A tree that is not listed is rubbish. */
export interface Index {
  readonly parent: string | null;
  readonly snapshots: readonly Stored[];
}

/** Reads a container's index. Fault BACKEND_FAILED when the file is damaged: nothing may be taken for rubbish then. */
export async function readIndex(home: Home): Promise<Index> {
  const text = await readIfThere(home.index);
  if (text === null) return { parent: null, snapshots: [] };
  try {
    const index = JSON.parse(text) as Index;
    if (Array.isArray(index.snapshots)) return index;
  } catch {
    // said below
  }
  throw new Fault(
    "BACKEND_FAILED",
    `${home.index} is damaged`,
    "Put the file back from a backup; the snapshots themselves are beside it, in snaps.",
  );
}

/** Replaces a container's index in one step. */
export function writeIndex(home: Home, index: Index): Promise<void> {
  return writeAtomic(home.index, `${JSON.stringify(index, null, 2)}\n`);
}

/** The index with one snapshot more, in place of any other of its name; the live tree stands on it. */
export function withSnapshot(index: Index, added: Stored): Index {
  const rest = without(index, added.name);
  return { parent: added.id, snapshots: [...rest.snapshots, { ...added, parent: rest.parent }] };
}

/** The index without a snapshot; those that stood on it stand on its parent. */
export function without(index: Index, name: string): Index {
  const gone = index.snapshots.find((snapshot) => snapshot.name === name);
  if (gone === undefined) return index;
  const step = (parent: string | null) => (parent === gone.id ? gone.parent : parent);
  const rest = index.snapshots.filter((snapshot) => snapshot !== gone);
  return { parent: step(index.parent), snapshots: rest.map((snapshot) => ({ ...snapshot, parent: step(snapshot.parent) })) };
}

/** The snapshots as the domain has them. */
export function snapshotsOf(index: Index): readonly Snapshot[] {
  const names = new Map(index.snapshots.map(({ id, name }) => [id, name]));
  return index.snapshots.map(({ name, created, parent, description }) => {
    const { text, run, schedule } = readDescription(description);
    return { name, created, parent: parent === null ? null : (names.get(parent) ?? null), description: text, run, schedule };
  });
}

/** The snapshot of a name; Fault SNAPSHOT_MISSING when there is none. */
export function findSnapshot(index: Index, name: string, whose: string): Stored {
  const found = index.snapshots.find((snapshot) => snapshot.name === name);
  if (found !== undefined) return found;
  const names = index.snapshots.map((snapshot) => snapshot.name).join(", ");
  throw new Fault(
    "SNAPSHOT_MISSING",
    `container ${whose} has no snapshot ${name}`,
    names === "" ? "It has none at all." : `It has ${names}.`,
  );
}
