import { join } from "node:path";
import type { Change } from "../../domain/change.ts";
import type { Moment } from "../../domain/container.ts";
import { capture } from "../process.ts";
import { compared, type Pair } from "./compare.ts";
import { along } from "./names.ts";
import { mostPaths, toItsEnd } from "./limits.ts";
import { treeAt } from "./tree.ts";

/** A dataset, where it is mounted, and the program that knows of it. */
export interface Dataset {
  readonly zfs: string;
  readonly name: string;
  readonly mountpoint: string;
}

/** What `zfs diff` says, with the sizes that the files have in the snapshots' folders. */
export async function zfsDiff(
  { zfs, name, mountpoint }: Dataset,
  from: string,
  to: Moment,
  take: (change: Change) => Promise<void> | void,
  signal: AbortSignal,
): Promise<"whole" | "cut"> {
  const stateOf = (snapshot: string) => treeAt(join(mountpoint, ".zfs/snapshot", snapshot));
  const then = stateOf(from);
  const now = to.at === "now" ? treeAt(mountpoint) : stateOf(to.name);
  const pairs: Pair[] = [];
  const enough = new AbortController();
  let rest = "";
  let said = "";
  const output = {
    stdout: (chunk: Uint8Array) => {
      const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) pairs.push(...[pairOf(line, mountpoint)].filter((pair) => pair !== null));
      if (pairs.length > mostPaths) enough.abort();
    },
    stderr: (chunk: Uint8Array) => void (said = (said + Buffer.from(chunk).toString()).slice(-1000)),
  };
  const argv = [zfs, "diff", "-FH", `${name}@${from}`, to.at === "now" ? name : `${name}@${to.name}`];
  await toItsEnd({ argv, output }, () => said, signal, enough.signal);
  for await (const change of compared(withoutCarried(pairs), then, now)) {
    signal.throwIfAborted();
    await take(change);
  }
  return enough.signal.aborted ? "cut" : "whole";
}

/**
 * A line of `zfs diff -FH`: what happened (+, -, M, R), what it is (F, /, @, …), the path, and the new one of what was renamed;
 * between tabs. null for a line that says nothing about what is inside.
 */
export function pairOf(line: string, mountpoint: string): Pair | null {
  const [what = "", , ...written] = line.split("\t");
  const [path, other] = written.map((text) => inside(unescape(text), mountpoint));
  if (path === undefined || path === null) return null;
  const known = { attributes: false, content: what === "M", renamed: what === "R" };
  if (what === "+") return { before: null, after: path, ...known };
  if (what === "-") return { before: path, after: null, ...known };
  if (what === "M") return { before: path, after: path, ...known };
  return what === "R" && other !== undefined && other !== null ? { before: path, after: other, ...known } : null;
}

/** What lies in a folder that was renamed, and has changed, is said to be renamed as well: it is not by itself. */
function withoutCarried(pairs: readonly Pair[]): readonly Pair[] {
  const names = new Map(
    pairs.flatMap(({ before, after, renamed }) => (renamed && before !== null && after !== null ? [[before, after] as const] : [])),
  );
  return pairs.map((pair) => {
    const folder = pair.before?.slice(0, pair.before.lastIndexOf("/")) ?? "";
    const carried = pair.before !== null && folder !== "" && `${along(names, folder)}${pair.before.slice(folder.length)}` === pair.after;
    return pair.renamed && carried ? { ...pair, renamed: false, content: true } : pair;
  });
}

/** Bytes that are not printable, spaces and backslashes stand as \0ooo. */
function unescape(text: string): string {
  return text.replace(/\\0([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function inside(path: string, mountpoint: string): string | null {
  const root = `${Buffer.from(mountpoint).toString("latin1")}/`;
  return path.startsWith(root) && path.length > root.length ? path.slice(root.length) : null;
}

/** The bytes that only each snapshot of a dataset holds, by name. */
export async function zfsUsed({ zfs, name }: Dataset, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const text = await capture([zfs, "list", "-Hp", "-t", "snapshot", "-d", "1", "-o", "name,used", name], { signal });
  return new Map(
    text.split("\n").flatMap((row) => {
      const match = /^\S+@(\S+)\t(\d+)$/.exec(row);
      return match === null ? [] : [[match[1] ?? "", Number(match[2])] as const];
    }),
  );
}
