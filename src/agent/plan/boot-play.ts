import type { Ctid } from "../domain/container.ts";
import type { BootMember } from "./boot.ts";
import { turnGroups } from "./boot-order.ts";
import { createLeast } from "./least.ts";
import { needingOf } from "./needs.ts";

/** How a start is expected to go: how long it takes until the member is up, or has failed. */
export interface Expected {
  readonly ms: number;
  readonly ends: "up" | "failed";
}

/** When things happen to a member, in milliseconds from the boot on. */
export interface Played {
  readonly turn: number;
  /** null: it never began, since something that it depends on failed. */
  readonly start: number | null;
  readonly end: number;
  readonly ended: "up" | "failed" | "skipped";
}

/** A member that waits for its turn. */
interface Waiting {
  readonly member: BootMember;
  /** In the plan. */
  readonly place: number;
  /** In the sequence of turns. */
  readonly group: number;
  /** So many of its dependencies are not up yet. */
  missing: number;
}

/** Milliseconds from a member's turn to its start. */
export function delayOf({ delay_s, running }: BootMember): number {
  return running ? 0 : delay_s * 1000;
}

/**
 * Plays these members of a plan through as the engine does it, at most so many starting at a time. All can be started, and are in
 * the order of the plan. They come out as they begin, or are skipped.
 */
export function play(
  members: readonly BootMember[],
  expected: (member: BootMember) => Expected,
  max_parallel: number,
): ReadonlyMap<Ctid, Played> {
  const places = new Map(members.map(({ ctid }, place) => [ctid, place]));
  const groups = turnGroups(members).map((some, group) =>
    some.map((member): Waiting => ({ member, place: places.get(member.ctid) ?? 0, group, missing: member.dependencies.length })),
  );
  /** How many of each group have not ended. */
  const left = groups.map(({ length }) => length);
  /** The first group of which not all have ended. */
  let open = 0;
  const byCtid = new Map(groups.flat().map((one) => [one.member.ctid, one]));
  const needing = needingOf(members);
  const due = createLeast<{ one: Waiting; turn: number; ready: number }>((a, b) => a.ready - b.ready || a.one.place - b.one.place);
  const under = createLeast<{ one: Waiting; end: number }>((a, b) => a.end - b.end || a.one.place - b.one.place);
  const times = new Map<Ctid, Played>();

  const giveTurns = (some: readonly Waiting[], turn: number): void => {
    const able = some.filter(({ missing, group }) => missing === 0 && group <= open);
    for (const one of able) due.put({ one, turn, ready: turn + delayOf(one.member) });
  };

  /** Gives everybody a turn whose turn has come, and skips who has lost what it depends on. */
  const settle = (now: number): void => {
    const ended = under.takeWhile(({ end }) => end <= now).map(({ one }) => one);
    for (const { member, group } of ended) {
      const waiting = (needing.get(member.ctid) ?? []).flatMap(({ ctid }) => byCtid.get(ctid) ?? []);
      if (times.get(member.ctid)?.ended === "up") {
        for (const one of waiting) one.missing -= 1;
        giveTurns(waiting, now);
      } else {
        const lost = waiting.filter((one) => !times.has(one.member.ctid));
        for (const one of lost) times.set(one.member.ctid, { turn: now, start: null, end: now, ended: "skipped" });
        ended.push(...lost);
      }
      left[group] = (left[group] ?? 0) - 1;
      while (left[open] === 0) {
        open += 1;
        giveTurns(groups[open] ?? [], now);
      }
    }
  };

  giveTurns(groups[0] ?? [], 0);
  for (let now = 0; ;) {
    settle(now);
    const room = max_parallel - under.size();
    const begun = due.takeWhile(({ ready }, taken) => ready <= now && taken < room);
    for (const { one, turn } of begun) {
      const { ms, ends } = expected(one.member);
      times.set(one.member.ctid, { turn, start: now, end: now + ms, ended: ends });
      under.put({ one, end: now + ms });
    }
    // Somebody may have ended as soon as it began, and others have their turn or room.
    if (begun.length > 0) continue;
    // Who is due and has no room waits for somebody to end.
    const moments = [under.peek()?.end, due.peek()?.ready].flatMap((at) => (at === undefined || at <= now ? [] : [at]));
    if (moments.length === 0) return times;
    now = Math.min(...moments);
  }
}
