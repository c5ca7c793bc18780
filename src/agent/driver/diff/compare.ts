import type { Change } from "../../domain/change.ts";
import { along } from "./names.ts";
import type { Touched } from "./touched.ts";
import { shownPath, type Seen, type Tree } from "./tree.ts";

/** The same thing then and now; null where there was nothing, or is nothing any more. */
export interface Pair {
  readonly before: string | null;
  readonly after: string | null;
  /** True when it was given another name itself, and not only a folder that it is in. */
  readonly renamed: boolean;
  /** What is known to have changed, besides what can be seen. */
  readonly content: boolean;
  readonly attributes: boolean;
}

/** So many things are looked at together. */
const lanes = 32;

/** Looks at every pair, and gives what is different, by path. */
export async function* compared(pairs: readonly Pair[], then: Tree, now: Tree): AsyncGenerator<Change> {
  const sorted = pairs.toSorted((a, b) => ((a.after ?? a.before ?? "") < (b.after ?? b.before ?? "") ? -1 : 1));
  const looked = inLanes(sorted, async (pair) => {
    const [a, b] = await Promise.all([pair.before === null ? null : then(pair.before), pair.after === null ? null : now(pair.after)]);
    return changeOf(pair, a, b);
  });
  for await (const change of looked) if (change !== null) yield change;
}

/** Does the work for each, several at a time, and gives what came of it in their order. */
async function* inLanes<T, R>(all: readonly T[], work: (each: T) => Promise<R>): AsyncGenerator<R> {
  for (let at = 0; at < all.length; at += lanes) yield* await Promise.all(all.slice(at, at + lanes).map(work));
}

/** What became of a pair; null: nothing that anybody wants to know. Pure. */
export function changeOf(pair: Pair, a: Seen | null, b: Seen | null): Change | null {
  if (a === null && b === null) return null;
  const at = { path: shownPath(pair.after ?? pair.before ?? "") };
  if (a === null && b !== null) return { ...at, kind: b.kind, is: "added", bytes: b.bytes };
  if (b === null && a !== null) return { path: shownPath(pair.before ?? ""), kind: a.kind, is: "removed", bytes: a.bytes };
  if (a === null || b === null) return null;
  const sizes = { kind: b.kind, before: a.bytes, bytes: b.bytes };
  const detail = differences(pair, a, b);
  if (pair.renamed) return { ...at, ...sizes, is: "moved", from: shownPath(pair.before ?? ""), detail: detail ?? "" };
  return detail === null ? null : { ...at, ...sizes, is: "changed", detail };
}

/** In words; empty for the content alone, null for nothing. That a folder has other entries is seen at those. */
function differences(pair: Pair, a: Seen, b: Seen): string | null {
  if (a.kind !== b.kind) return `${a.kind} -> ${b.kind}`;
  const words = [
    ...(a.mode === b.mode || b.kind === "link" ? [] : [`mode ${a.mode.toString(8)} -> ${b.mode.toString(8)}`]),
    ...(a.owner === b.owner ? [] : [`owner ${a.owner} -> ${b.owner}`]),
    ...(pair.attributes ? ["attributes"] : []),
  ];
  const isOther = pair.content || a.bytes !== b.bytes || a.ino !== b.ino;
  if (words.length > 0) return words.join(", ");
  if (b.kind === "folder") return null;
  if (isOther) return "";
  return a.changed === b.changed ? null : "time alone";
}

/**
 * Puts together what was at a path and what is there now. A folder that was moved takes everything in it along, of which the
 * stream says nothing.
 */
export async function pairsOf({ paths, known, moved }: Touched, then: Tree, now: Tree): Promise<readonly Pair[]> {
  const to = new Map<string, string>();
  const from = new Map<string, string>();
  for (const [name, old] of moved) {
    if (name === old) continue;
    const [a, b, inItsPlace] = await Promise.all([then(old), now(name), now(old)]);
    if (a === null || b === null || a.ino !== b.ino || a.kind !== b.kind || to.has(old)) continue;
    // A further name of the same file is one more, not a move.
    if (a.kind !== "folder" && inItsPlace?.ino === a.ino) continue;
    to.set(old, name);
    from.set(name, old);
  }
  const pairs = new Map<string, Pair>();
  const add = (old: string | null, name: string | null) => {
    const changed = known.get(old ?? "") ?? { content: false, attributes: false };
    const renamed = old !== null && to.get(old) === name;
    pairs.set(`${old ?? ""}\0${name ?? ""}`, { before: old, after: name, renamed, ...changed });
  };
  const all = [...paths, ...to.keys(), ...from.keys()].filter((path) => path !== "");
  for await (const { path, was, is } of inLanes(all, async (path) => ({ path, was: await then(path), is: await now(path) }))) {
    // What is in the way of something that was moved there is another thing.
    const name = along(to, path);
    const old = along(from, path);
    if (was !== null) add(path, along(from, name) === path ? name : null);
    if (is !== null) add(along(to, old) === path ? old : null, path);
  }
  return [...pairs.values()];
}
