import { rmdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { capture } from "../process.ts";
import { isThere, makeParent, removeFolder, type Storage } from "./tree.ts";

/** The inode number of every subvolume's top folder. */
const topInode = 256;

/** Subvolumes: copies cost nothing, and are of one moment. */
export const btrfs: Storage = {
  smears: false,
  rootfsPath: (tree) => `dir:${join(tree, "rootfs")}`,
  make: async (path) => {
    await makeParent(path);
    await capture(["btrfs", "subvolume", "create", "--", path]);
  },
  fromBase: (base, path, signal) => copy(base, path, "live", signal),
  copy,
  remove,
};

/** A snapshot leaves subvolumes inside out (docker and systemd make some), as empty folders; those are copied one by one. */
async function copy(from: string, path: string, kind: "frozen" | "live", signal: AbortSignal): Promise<void> {
  await makeParent(path);
  const [nested] = await Promise.all([
    subvolumesIn(from),
    capture(["btrfs", "subvolume", "snapshot", ...(kind === "frozen" ? ["-r"] : []), "--", from, path], { signal }),
  ]);
  if (nested.length === 0) return;
  if (kind === "frozen") await capture(["btrfs", "property", "set", path, "ro", "false"]);
  for (const inner of nested) {
    // One that appeared after the snapshot has no folder in it.
    if (!(await isThere(join(path, inner)))) continue;
    await rmdir(join(path, inner));
    await copy(join(from, inner), join(path, inner), kind, signal);
  }
  if (kind === "frozen") await capture(["btrfs", "property", "set", path, "ro", "true"]);
}

async function remove(path: string): Promise<void> {
  const top = await stat(path).catch(() => null);
  if (top === null) return;
  if (top.ino === topInode) {
    // Fails when there are subvolumes inside; looking for them each time would cost more than this.
    const deleted = await capture(["btrfs", "subvolume", "delete", "--", path]).then(
      () => true,
      () => false,
    );
    if (deleted) return;
    const nested = await subvolumesIn(path);
    if (nested.length > 0) await capture(["btrfs", "property", "set", path, "ro", "false"]);
    for (const inner of nested) await remove(join(path, inner));
    await capture(["btrfs", "subvolume", "delete", "--", path]);
    return;
  }
  await removeFolder(path);
}

/** The subvolumes directly inside one, as paths in it. The tool names them from the top of the file system, which may lie above the mount. */
export async function subvolumesIn(path: string): Promise<readonly string[]> {
  const rows = (await capture(["btrfs", "subvolume", "list", "-o", "--", path])).split("\n").filter((row) => row.includes(" path "));
  if (rows.length === 0) return [];
  const [own = ""] = (await capture(["btrfs", "subvolume", "show", "--", path])).split("\n");
  return rows.map((row) => relative(`/${own.trim()}`, `/${row.slice(row.indexOf(" path ") + " path ".length)}`));
}
