import type { Ctid } from "../domain/container.ts";
import type { BootEdge, BootMember, BootPlan } from "./boot.ts";

/** How a start is expected to go: how long it takes until the member is up, or has failed. */
export interface Expected {
  readonly ms: number;
  readonly ends: "up" | "failed";
}

/** When things happen to a member, in milliseconds from the boot on. */
export interface BootTime {
  readonly turn: number;
  /** null: it never began, since something that it depends on failed. */
  readonly start: number | null;
  readonly end: number;
  readonly ended: "up" | "failed" | "skipped";
  /** What it waited for last; null when its turn was there from the beginning. */
  readonly held_by: BootEdge | null;
}

/** Plays the plan through: every member that can be started, as the engine does it, at most so many starting at a time. */
export function playBoot(plan: BootPlan, expected: (member: BootMember) => Expected, max_parallel: number): ReadonlyMap<Ctid, BootTime> {
  const waiting = new Map(plan.members.filter(({ lost }) => lost === null).map((member) => [member.ctid, member]));
  const before = Map.groupBy(plan.edges, ({ to }) => to);
  const turns = new Map<Ctid, { readonly at: number; readonly held_by: BootEdge | null }>();
  const times = new Map<Ctid, BootTime>();

  /** Gives everybody a turn whose turn has come, and skips who has lost what it depends on. */
  const settle = (now: number): void => {
    const endedBefore = times.size;
    const hasEnded = ({ from }: BootEdge) => (times.get(from)?.end ?? Infinity) <= now;
    for (const { ctid } of waiting.values()) {
      const edges = before.get(ctid) ?? [];
      const lost = edges.find((edge) => edge.reason === "dependency" && hasEnded(edge) && times.get(edge.from)?.ended !== "up");
      if (lost !== undefined) {
        waiting.delete(ctid);
        times.set(ctid, { turn: now, start: null, end: now, ended: "skipped", held_by: lost });
      } else if (!turns.has(ctid) && edges.every(hasEnded)) {
        turns.set(ctid, { at: now, held_by: lastOf(edges, times) });
      }
    }
    if (times.size > endedBefore) settle(now);
  };

  for (let now = 0; ;) {
    settle(now);
    const due = [...waiting.values()].flatMap((member) => {
      const turn = turns.get(member.ctid);
      return turn === undefined ? [] : [{ member, ...turn, ready: turn.at + delayOf(member) }];
    });
    const under = [...times.values()].filter(({ end }) => end > now);
    const able = due.filter(({ ready }) => ready <= now).toSorted((a, b) => a.ready - b.ready);
    const begun = able.slice(0, Math.max(0, max_parallel - under.length));
    for (const { member, at, held_by } of begun) {
      const { ms, ends } = expected(member);
      waiting.delete(member.ctid);
      times.set(member.ctid, { turn: at, start: now, end: now + ms, ended: ends, held_by });
    }
    // Somebody may have ended as soon as it began, and others have their turn or room.
    if (begun.length > 0) continue;
    const moments = [...[...times.values()].map(({ end }) => end), ...due.map(({ ready }) => ready)].filter((at) => at > now);
    if (moments.length === 0) return times;
    now = Math.min(...moments);
  }
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
  const held_by = times.get(ctid)?.held_by ?? null;
  return held_by === null ? [ctid] : [...chainTo(held_by.from, times), ctid];
}

/** Milliseconds from a member's turn to its start. */
export function delayOf({ delay_s, running }: BootMember): number {
  return running ? 0 : delay_s * 1000;
}

/** The edge that was waited for last; of two at the same time the dependency, which says more. */
function lastOf(edges: readonly BootEdge[], times: ReadonlyMap<Ctid, BootTime>): BootEdge | null {
  const end = ({ from }: BootEdge) => times.get(from)?.end ?? 0;
  return edges.reduce<BootEdge | null>((latest, edge) => {
    if (latest === null || end(edge) > end(latest)) return edge;
    return end(edge) === end(latest) && edge.reason === "dependency" && latest.reason === "order" ? edge : latest;
  }, null);
}
