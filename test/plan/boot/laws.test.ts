// What holds for every boot, whatever the manifest says and whatever fails: said here once more, in other words than the code's.
import fc from "fast-check";
import { delayOf } from "../../../src/agent/plan/boot-play.ts";
import { makespan, playBoot, type BootTime } from "../../../src/agent/plan/boot-times.ts";
import { planBoot, waitsOf, type BootMember, type BootPlan } from "../../../src/agent/plan/boot.ts";
import { someBoot, type SomeBoot } from "./arbitrary.ts";
import { worldOf } from "./support.ts";

const numRuns = 10_000;

interface Played {
  readonly plan: BootPlan;
  readonly times: ReadonlyMap<number, BootTime>;
  readonly able: readonly BootMember[];
  readonly boot: SomeBoot;
}

function play(boot: SomeBoot, max_parallel = Infinity): Played {
  const plan = planBoot(worldOf(boot.guests));
  const times = playBoot(plan, ({ ctid }) => boot.expected.get(ctid) ?? { ms: 0, ends: "up" }, max_parallel);
  return { plan, times, boot, able: plan.members.filter(({ lost }) => lost === null) };
}

const holds = (shape: "acyclic" | "any", law: (boot: SomeBoot) => void) => fc.assert(fc.property(someBoot(shape), law), { numRuns });
const timeOf = ({ times }: Played, ctid: number): BootTime => {
  const time = times.get(ctid);
  if (time === undefined) throw new Error(`${ctid} has no time`);
  return time;
};

const sorted = (ids: Iterable<number>) => [...ids].toSorted((a, b) => a - b);

/** The order that counts, by looking at everybody who needs it, directly or through others. */
function rankOf({ ctid }: BootMember, { boot: { guests } }: Played): number {
  const needing = new Set([ctid]);
  for (const id of needing)
    for (const guest of guests) if ((guest.needs ?? []).includes(id) && isMember(guest.ctid, guests)) needing.add(guest.ctid);
  const own = guests.filter((guest) => needing.has(guest.ctid) && guest.atBoot === true).map(({ order }) => order ?? Infinity);
  return Math.min(...own);
}

function isMember(ctid: number, guests: SomeBoot["guests"]): boolean {
  const members = new Set(guests.filter(({ atBoot }) => atBoot === true).map((guest) => guest.ctid));
  for (const id of members) for (const needed of guests.find((guest) => guest.ctid === id)?.needs ?? []) members.add(needed);
  return members.has(ctid);
}

/** Those that a member has to see end before its turn. */
function heldBy(member: BootMember, played: Played): readonly number[] {
  const lower = played.able.filter((other) => rankOf(other, played) < rankOf(member, played));
  return [...new Set([...member.dependencies, ...lower.map(({ ctid }) => ctid)])];
}

describe("10,000 random boots", () => {
  test("everybody ends, with cycles and missing ids as well, however few may start at a time", () => {
    holds("any", (boot) => {
      for (const room of [1, 2, Infinity]) {
        const { able, times } = play(boot, room);
        expect(sorted(times.keys())).toEqual(sorted(able.map(({ ctid }) => ctid)));
      }
    });
  });

  test("every member is there once, and nobody else: who starts at boot, and what those need that can start", () => {
    holds("acyclic", (boot) => {
      const { plan } = play(boot);
      const expected = boot.guests.map(({ ctid }) => ctid).filter((ctid) => isMember(ctid, boot.guests));
      expect(sorted(plan.members.map(({ ctid }) => ctid))).toEqual(expected);
      expect(plan.members.every(({ lost }) => lost === null)).toBe(true);
    });
  });

  test("nobody has its turn before its dependencies are up, nor before everything of a lower order has ended; and nobody later than that", () => {
    holds("acyclic", (boot) => {
      const played = play(boot);
      for (const member of played.able) {
        const time = timeOf(played, member.ctid);
        const before = heldBy(member, played).map((ctid) => timeOf(played, ctid));
        const needed = member.dependencies.map((ctid) => timeOf(played, ctid));
        if (needed.some(({ ended }) => ended !== "up")) {
          expect(time).toMatchObject({ ended: "skipped", start: null });
          expect(time.end).toBe(Math.min(...needed.filter(({ ended }) => ended !== "up").map(({ end }) => end)));
        } else {
          expect(time.turn).toBe(Math.max(0, ...before.map(({ end }) => end)));
        }
      }
    });
  });

  test("each delay is waited to the millisecond, from the turn on, and only by who has to be started", () => {
    holds("acyclic", (boot) => {
      const played = play(boot);
      for (const { ctid, running } of played.able) {
        const { start, turn } = timeOf(played, ctid);
        const delay = boot.guests.find((guest) => guest.ctid === ctid)?.delay ?? 0;
        if (start !== null) expect(start - turn).toBe(running ? 0 : delay * 1000);
      }
    });
  });

  test("a failure costs only what depends on it", () => {
    holds("acyclic", (boot) => {
      const played = play(boot);
      const costs = (member: BootMember): boolean =>
        member.dependencies.some(
          (id) => boot.expected.get(id)?.ends === "failed" || played.able.some((other) => other.ctid === id && costs(other)),
        );
      for (const member of played.able)
        expect([member.ctid, timeOf(played, member.ctid).ended === "skipped"]).toEqual([member.ctid, costs(member)]);
    });
  });

  test("without bounds it takes as long as its longest chain", () => {
    holds("acyclic", (boot) => {
      const calm = { ...boot, expected: new Map([...boot.expected].map(([ctid, { ms }]) => [ctid, { ms, ends: "up" as const }])) };
      const played = play(calm);
      const known = new Map<number, number>();
      const chain = (member: BootMember): number => {
        const before = known.get(member.ctid) ?? Math.max(0, ...heldBy(member, played).map((id) => chain(memberBy(played, id))));
        const ms = calm.expected.get(member.ctid)?.ms ?? 0;
        known.set(member.ctid, before);
        return before + delayOf(member) + ms;
      };
      expect(makespan(played.times)).toBe(Math.max(0, ...played.able.map(chain)));
    });
  });

  test("who is said to hold a member up is the last that it waits for, rather a dependency", () => {
    holds("acyclic", (boot) => {
      const played = play(boot, 2);
      for (const member of played.able) {
        const { turn, held_by, ended } = timeOf(played, member.ctid);
        const before = heldBy(member, played);
        if (held_by === null) expect(before).toEqual([]);
        else {
          expect(before).toContain(held_by.on);
          expect(timeOf(played, held_by.on)).toMatchObject({
            end: turn,
            ...(ended === "skipped" ? { ended: expect.not.stringMatching("up") } : {}),
          });
          const late = before.filter((ctid) => timeOf(played, ctid).end === turn);
          expect(held_by.reason).toBe(late.some((ctid) => member.dependencies.includes(ctid)) ? "dependency" : "order");
        }
      }
    });
  });

  test("with bounds, never more start at a time, and nobody waits while there is room", () => {
    holds("acyclic", (boot) => {
      const played = play(boot, 2);
      const begun = played.able.flatMap((member) => {
        const { start, end, turn } = timeOf(played, member.ctid);
        return start === null ? [] : [{ start, end, ready: turn + delayOf(member) }];
      });
      for (const { start, ready } of begun) {
        const under = (at: number) => begun.filter((other) => other.start <= at && other.end > at).length;
        expect(under(start)).toBeLessThanOrEqual(2);
        const gaps = begun.map(({ end }) => end).filter((at) => at >= ready && at < start);
        for (const at of [ready, ...gaps].filter((each) => each < start)) expect(under(at)).toBe(2);
      }
    });
  });

  test("who has to end before a member is in an earlier wave, and together the waves are all", () => {
    holds("any", (boot) => {
      const { plan, able } = play(boot);
      const wave = (ctid: number) => plan.waves.findIndex((each) => each.includes(ctid));
      for (const member of able) for (const { on } of waitsOf(member, able)) expect(wave(on)).toBeLessThan(wave(member.ctid));
      expect(sorted(plan.waves.flat())).toEqual(sorted(able.map(({ ctid }) => ctid)));
    });
  });
});

function memberBy({ able }: Played, ctid: number): BootMember {
  const found = able.find((member) => member.ctid === ctid);
  if (found === undefined) throw new Error(`${ctid} is no member`);
  return found;
}
