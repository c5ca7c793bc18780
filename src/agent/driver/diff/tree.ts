import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import type { Kind } from "../../domain/change.ts";

/** What is at a path, as far as differences are concerned. */
export interface Seen {
  readonly kind: Kind;
  /** The same number in both states: the same thing, if it was not removed in between. */
  readonly ino: bigint;
  readonly bytes: number;
  readonly mode: number;
  readonly owner: string;
  readonly changed: bigint;
}

/** Looks at a path below a root; null when nothing is there. Paths have a character for each byte, and begin without "/". */
export type Tree = (path: string) => Promise<Seen | null>;

/** A tree that begins at a folder. Links in it are never followed: a container's would lead to the host's files. */
export function treeAt(root: string): Tree {
  const folders = new Map<string, Promise<boolean>>();
  const isFolder = (path: string): Promise<boolean> => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const found = look(path).then((seen) => seen?.kind === "folder");
    folders.set(path, found);
    return found;
  };
  const look: Tree = async (path) => {
    const at = path.lastIndexOf("/");
    if (at > 0 && !(await isFolder(path.slice(0, at)))) return null;
    const full = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
    return lstat(full, { bigint: true }).then(seen, missing);
  };
  return look;
}

function seen(stats: BigIntStats): Seen {
  return {
    kind: kindOf(stats),
    ino: stats.ino,
    bytes: stats.isFile() || stats.isSymbolicLink() ? Number(stats.size) : 0,
    mode: Number(stats.mode) & 0o7777,
    owner: `${stats.uid}:${stats.gid}`,
    changed: stats.mtimeNs,
  };
}

function kindOf(stats: BigIntStats): Kind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "other";
}

function missing(error: unknown): null {
  if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
  throw error;
}

/** A path as a person reads it: "/etc/hosts". Bytes that are no UTF-8 stand as \xNN. */
export function shownPath(path: string): string {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return `/${text}`;
  return `/${path.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`)}`;
}
