import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Ctid } from "../domain/container.ts";
import type { BootEdge } from "./boot.ts";

/** The order that counts for each: its own, if that is to count, or the first of those that need it. null comes last. */
export function turnsOf(configs: readonly ContainerConfig[], hasOwn: (ctid: Ctid) => boolean): ReadonlyMap<Ctid, number | null> {
  const turns = new Map(configs.map(({ ctid, boot }) => [ctid, hasOwn(ctid) ? (boot.order ?? Infinity) : Infinity]));
  // From the first turn on, each hands its own down to what it needs; who has got one keeps it.
  const queue = configs.toSorted((a, b) => (turns.get(a.ctid) ?? 0) - (turns.get(b.ctid) ?? 0));
  for (const { ctid, dependencies } of queue) {
    const turn = turns.get(ctid) ?? Infinity;
    for (const needed of configs.filter((other) => dependencies.includes(other.ctid))) {
      if (turn >= (turns.get(needed.ctid) ?? Infinity)) continue;
      turns.set(needed.ctid, turn);
      queue.push(needed);
    }
  }
  return new Map([...turns].map(([ctid, turn]) => [ctid, turn === Infinity ? null : turn]));
}

/** How many have to come one after the other before each: 0 for those that wait for nobody. The edges have no circle. */
export function levelsOf(members: readonly { readonly ctid: Ctid }[], edges: readonly BootEdge[]): ReadonlyMap<Ctid, number> {
  const before = Map.groupBy(edges, ({ to }) => to);
  const levels = new Map<Ctid, number>();
  const level = (ctid: Ctid): number => {
    const known = levels.get(ctid);
    if (known !== undefined) return known;
    const found = (before.get(ctid) ?? []).reduce((most, { from }) => Math.max(most, level(from) + 1), 0);
    levels.set(ctid, found);
    return found;
  };
  for (const { ctid } of members) level(ctid);
  return levels;
}

/** Ascending, null last. */
export function compareTurns(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) < (b ?? Infinity) ? -1 : 1;
}
