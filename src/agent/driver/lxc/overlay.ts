import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { capture } from "../process.ts";
import { makeParent, removeFolder, type Storage } from "./tree.ts";

/**
 * For file systems without snapshots: the template lies below, and a container's rootfs is the layer of its changes, so that copies
 * copy only these. `cp -a` keeps what overlay is made of: whiteouts are devices, and opaque folders have xattrs.
 */
export const overlay: Storage = {
  smears: true,
  rootfsPath: (tree, base) => `overlay:${base}:${join(tree, "rootfs")}`,
  make: async (path) => {
    await mkdir(path, { recursive: true });
  },
  fromBase: async (_base, path) => {
    await mkdir(path, { recursive: true });
  },
  copy: async (from, path, _kind, signal) => {
    await makeParent(path);
    await capture(["cp", "-a", "--reflink=auto", "--", from, path], { signal });
    await capture(["sync", "--file-system", path], { signal });
  },
  remove: removeFolder,
};
