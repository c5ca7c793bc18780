import type { Ctid } from "../domain/container.ts";
import type { BootMember, BootPlan, BootWait } from "./boot.ts";
import { turnGroups } from "./boot-order.ts";
import { play, type Expected, type Played } from "./boot-play.ts";

/** When things happen to a member, and why not before. */
export interface BootTime extends Played {
  /** What it waited for last; null when its turn was there from the beginning. */
  readonly held_by: BootWait | null;
}

/** Plays the plan through: every member that can be started, as the engine does it, at most so many starting at a time. */
export function playBoot(plan: BootPlan, expected: (member: BootMember) => Expected, max_parallel: number): ReadonlyMap<Ctid, BootTime> {
  const members = plan.members.filter(({ lost }) => lost === null);
  const times = play(members, expected, max_parallel);
  const held = heldBy(members, times);
  return new Map([...times].map(([ctid, time]) => [ctid, { ...time, held_by: held.get(ctid) ?? null }]));
}

/** When everything has ended. */
export function makespan(times: ReadonlyMap<Ctid, BootTime>): number {
  return [...times.values()].reduce((latest, { end }) => Math.max(latest, end), 0);
}

/** The members that the end waited for, one after the other. */
export function longestChain(times: ReadonlyMap<Ctid, BootTime>): readonly Ctid[] {
  const last = [...times].reduce<[Ctid, BootTime] | null>(
    (latest, each) => (latest === null || each[1].end >= latest[1].end ? each : latest),
    null,
  );
  return last === null ? [] : chainTo(last[0], times);
}

/** Who had to end before this one, one after the other, and it itself at the end. */
export function chainTo(ctid: Ctid, times: ReadonlyMap<Ctid, BootTime>): readonly Ctid[] {
  const chain: Ctid[] = [];
  for (let at: Ctid | undefined = ctid; at !== undefined; at = times.get(at)?.held_by?.on) chain.push(at);
  return chain.toReversed();
}

/** What each waited for last; of several at the same time a dependency, which says more, and of those the first by CTID. */
function heldBy(members: readonly BootMember[], times: ReadonlyMap<Ctid, Played>): ReadonlyMap<Ctid, BootWait> {
  const held = new Map<Ctid, BootWait>();
  const end = (ctid: Ctid) => times.get(ctid)?.end ?? 0;
  const last = (some: readonly Ctid[]) =>
    some.reduce<Ctid | null>((a, b) => (a === null || end(b) > end(a) || (end(b) === end(a) && b < a) ? b : a), null);
  /** The last of everything that has a lower turn. */
  let before: Ctid | null = null;
  for (const group of turnGroups(members)) {
    for (const { ctid, dependencies } of group) {
      const isSkipped = times.get(ctid)?.ended === "skipped";
      const needed = last(isSkipped ? dependencies.filter((id) => times.get(id)?.ended !== "up" && end(id) <= end(ctid)) : dependencies);
      if (needed !== null && (isSkipped || before === null || end(needed) >= end(before)))
        held.set(ctid, { on: needed, reason: "dependency" });
      else if (before !== null) held.set(ctid, { on: before, reason: "order" });
    }
    before = last([...(before === null ? [] : [before]), ...group.map(({ ctid }) => ctid)]);
  }
  return held;
}
