// Random manifests for boots: up to nine containers with orders, delays and dependencies on each other, and how each will do.
import fc from "fast-check";
import type { Expected } from "../../../src/agent/plan/boot-play.ts";
import type { Guest } from "./support.ts";

export interface SomeBoot {
  readonly guests: readonly Guest[];
  readonly expected: ReadonlyMap<number, Expected>;
}

const first = 950;
const most = 9;

/** "acyclic": each needs only those of a lower rank in a random ranking. "any": circles and missing ones as well. */
export function someBoot(shape: "acyclic" | "any"): fc.Arbitrary<SomeBoot> {
  const ids = Array.from({ length: most }, (_, at) => first + at);
  const one = fc.record({
    order: fc.option(fc.integer({ min: 0, max: 3 })),
    delay: fc.constantFrom(0, 0, 1, 5),
    needs: fc.subarray(shape === "any" ? [...ids, 999] : ids, { maxLength: 3 }),
    atBoot: fc.boolean().map((no) => !no),
    state: fc.constantFrom("stopped" as const, "stopped" as const, "running" as const),
    ms: fc.integer({ min: 0, max: 20_000 }),
    ends: fc.constantFrom("up" as const, "up" as const, "up" as const, "failed" as const),
  });
  return fc.tuple(fc.array(one, { minLength: 1, maxLength: most }), fc.shuffledSubarray(ids, { minLength: most })).map(([all, ranking]) => {
    const rank = (ctid: number) => ranking.indexOf(ctid);
    const there = ids.slice(0, all.length);
    const guests = all.map(({ needs, order, delay, atBoot, state }, at) => {
      const ctid = first + at;
      const known = shape === "any" ? needs : needs.filter((id) => there.includes(id) && rank(id) < rank(ctid));
      return { ctid, order, delay, atBoot, state, needs: known };
    });
    return { guests, expected: new Map(all.map(({ ms, ends }, at) => [first + at, { ms, ends }])) };
  });
}
