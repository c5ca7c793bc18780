import type { Ctid } from "../domain/container.ts";

/** Something that needs others: a member of a boot, a container of the manifest. */
export interface Needs {
  readonly ctid: Ctid;
  /** Each once. */
  readonly dependencies: readonly number[];
}

/** Who needs each directly, in the order of the list. */
export function needingOf<T extends Needs>(all: Iterable<T>): ReadonlyMap<number, readonly T[]> {
  const needing = new Map<number, T[]>();
  for (const one of all) {
    for (const needed of one.dependencies) {
      const others = needing.get(needed);
      if (others === undefined) needing.set(needed, [one]);
      else others.push(one);
    }
  }
  return needing;
}

/** The list, each after those of it that it needs. Without those that need themselves, through others or not, and who needs them. */
export function neededFirst<T extends Needs>(all: readonly T[]): readonly T[] {
  const there = new Set(all.map(({ ctid }) => ctid));
  const needing = needingOf(all);
  const missing = new Map(all.map(({ ctid, dependencies }) => [ctid, dependencies.filter((id) => there.has(id)).length]));
  const ordered = all.filter(({ ctid }) => missing.get(ctid) === 0);
  for (const { ctid } of ordered) {
    for (const one of needing.get(ctid) ?? []) {
      const left = (missing.get(one.ctid) ?? 0) - 1;
      missing.set(one.ctid, left);
      if (left === 0) ordered.push(one);
    }
  }
  return ordered;
}
