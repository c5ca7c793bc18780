import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { capture } from "../process.ts";
import { namesIn } from "./files.ts";

/** How root file systems and volumes are kept. A tree is `rootfs` and `volumes/*` in one folder (paths.ts). */
export interface Storage {
  /** True when a copy of something that is being written is not a picture of one moment, so that the container has to be frozen. */
  readonly smears: boolean;
  /** The value of lxc.rootfs.path for a tree. `base` is the folder of the template. */
  readonly rootfsPath: (tree: string, base: string) => string;
  /** Makes an empty folder that copies well. */
  readonly make: (path: string) => Promise<void>;
  /** Makes the root of a new container from an unpacked template. */
  readonly fromBase: (base: string, path: string, signal: AbortSignal) => Promise<void>;
  /** Copies, with everything that belongs to a file; `path` is new. "frozen" copies are never written. */
  readonly copy: (from: string, path: string, kind: "frozen" | "live", signal: AbortSignal) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
}

/** The parts of a tree, as paths in it. */
async function parts(tree: string): Promise<readonly string[]> {
  return ["rootfs", ...(await namesIn(join(tree, "volumes"))).map((name) => join("volumes", name))];
}

/** The volumes of a tree, by name. */
export function volumesOf(tree: string): Promise<readonly string[]> {
  return namesIn(join(tree, "volumes"));
}

/** Copies a tree, or only some volumes of it. */
export async function copyTree(
  storage: Storage,
  from: string,
  to: string,
  kind: "frozen" | "live",
  signal: AbortSignal,
  only?: readonly string[],
): Promise<void> {
  await mkdir(join(to, "volumes"), { recursive: true });
  const wanted = only === undefined ? await parts(from) : only.map((name) => join("volumes", name));
  await Promise.all(wanted.map((part) => storage.copy(join(from, part), join(to, part), kind, signal)));
}

/** Removes a tree, or what is left of one. */
export async function removeTree(storage: Storage, tree: string): Promise<void> {
  for (const part of await parts(tree)) await storage.remove(join(tree, part));
  // What is left is ours alone.
  await rm(tree, { recursive: true, force: true });
}

/** Removes a folder with everything in it, names of any bytes too (Node's own rm takes only UTF-8); never leaves the file system. */
export async function removeFolder(path: string): Promise<void> {
  if (await isThere(path)) await capture(["rm", "-rf", "--one-file-system", "--", path]);
}

/** True when there is something at the path. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the folder that a path is to lie in. */
export async function makeParent(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
}
