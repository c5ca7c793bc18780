import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Found } from "./container.ts";
import { halfWritten, namesIn } from "./files.ts";
import type { Index } from "./snapshots.ts";
import { removeTree } from "./tree.ts";

/** Removes what calls that were cut off have left of a container: trees that neither its config nor its index names, and half-written files. */
export async function sweep({ home, tree, storage }: Found, index: Index): Promise<void> {
  for (const generation of await namesIn(home.live)) {
    if (generation !== basename(tree)) await removeTree(storage, join(home.live, generation));
  }
  const ids = new Set(index.snapshots.map(({ id }) => id));
  for (const id of await namesIn(home.snaps)) {
    if (!ids.has(id)) await removeTree(storage, join(home.snaps, id));
  }
  for (const name of await namesIn(home.folder)) {
    if (name.endsWith(halfWritten)) await rm(join(home.folder, name), { force: true });
  }
}
