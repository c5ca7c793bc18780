import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Ctid } from "../domain/container.ts";
import { neededFirst, type Needs } from "./needs.ts";

/** Something whose turn comes when everything of a lower one has ended. */
interface HasTurn {
  readonly turn: number | null;
}

/** The order that counts for each: its own, if that is to count, or the first of those that need it. null comes last. */
export function turnsOf(configs: readonly ContainerConfig[], hasOwn: (ctid: Ctid) => boolean): ReadonlyMap<Ctid, number | null> {
  const byCtid = new Map(configs.map((config) => [config.ctid, config]));
  const own = ({ ctid, boot }: ContainerConfig) => (hasOwn(ctid) ? boot.order : null);
  const turns = new Map<Ctid, number | null>();
  // From the lowest order on, each hands its own down to what it needs: who has got one keeps it.
  for (const first of configs.toSorted((a, b) => compareTurns(own(a), own(b)))) {
    const reached = [first];
    for (const { ctid, dependencies } of reached) {
      if (turns.has(ctid)) continue;
      turns.set(ctid, own(first));
      reached.push(...dependencies.flatMap((id) => byCtid.get(id) ?? []));
    }
  }
  return turns;
}

/** The members of each turn, the lowest first. */
export function turnGroups<T extends HasTurn>(members: readonly T[]): readonly (readonly T[])[] {
  const groups = Map.groupBy(members, ({ turn }) => turn);
  return [...groups].toSorted(([a], [b]) => compareTurns(a, b)).map(([, group]) => group);
}

/**
 * How many have to come one after the other before each: 0 for those that wait for nobody. There is no circle, and nobody has a
 * later turn than what depends on it.
 */
export function levelsOf(members: readonly (Needs & HasTurn)[]): ReadonlyMap<Ctid, number> {
  const levels = new Map<Ctid, number>();
  let lowest = 0;
  for (const group of turnGroups(members)) {
    let next = lowest;
    for (const { ctid, dependencies } of neededFirst(group)) {
      const level = dependencies.reduce((most, id) => Math.max(most, (levels.get(id) ?? -1) + 1), lowest);
      levels.set(ctid, level);
      next = Math.max(next, level + 1);
    }
    lowest = next;
  }
  return levels;
}

/** Ascending, null last. */
export function compareTurns(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) < (b ?? Infinity) ? -1 : 1;
}
