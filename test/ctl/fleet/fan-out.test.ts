import { fanOut, type Outcome } from "../../../src/ctl/fleet/fan-out.ts";
import { socketPlace, type Place } from "../../../src/ctl/fleet/places.ts";
import type { Pool } from "../../../src/ctl/fleet/pool.ts";

const name = { hostname: "pve1", driver: "sim" };

/** A pool whose hosts are none, and whose time passes when it is told to. Some take time to be got ready for. */
function timeless(slow: Readonly<Record<string, Promise<void>>> = {}) {
  let now = 0;
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
  const unused = () => Promise.reject(new Error("nobody asks for that here"));
  const pool: Pool = {
    prepare: (place) => slow[at(place)] ?? Promise.resolve(),
    host: unused,
    reach: (place) => Promise.resolve({ host: { place } as never, name, version: "1" }),
    versionOf: () => null,
    close: () => Promise.resolve([]),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        sleeping.add(sleeper);
        signal.addEventListener("abort", () => {
          sleeping.delete(sleeper);
          reject(new Error("aborted"));
        });
      }),
  };
  const pass = async (ms: number) => {
    now += ms;
    for (const each of sleeping) if (each.until <= now) each.wake();
    await settled();
  };
  return { pool, pass };
}

/** Lets everything happen that waits for nothing. */
const settled = () => new Promise(setImmediate);
const at = (place: Place) => (place.entry.kind === "socket" ? place.entry.socket : "");
const places = (count: number) => Array.from({ length: count }, (_, index) => socketPlace(`/h${index}`));
const never = new Promise<never>(() => {});

test("64 are asked at a time, and those that have been silent for a second take nobody's place", async () => {
  const { pool, pass } = timeless();
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  void fanOut(pool, places(200), "ps", 10, ({ host }) => {
    asked.push(at(host.place));
    return new Promise<void>((resolve) => answers.push(resolve));
  });
  await settled();
  expect(asked).toHaveLength(64);
  answers[0]?.();
  await settled();
  expect(asked).toHaveLength(65);
  await pass(1000);
  expect(asked).toHaveLength(65 + 64);
});

test("each has its own time, from the moment that it is asked", async () => {
  const { pool, pass } = timeless();
  const seen: Outcome<number>[] = [];
  const all = fanOut(
    pool,
    places(65),
    "ps",
    10,
    () => never,
    (outcome) => seen.push(outcome),
  );
  await settled();
  await pass(1000);
  await pass(8999);
  expect(seen).toHaveLength(0);
  await pass(1);
  expect(seen).toHaveLength(64);
  await pass(1000);
  expect((await all).map(({ kind }) => kind)).toEqual(Array.from({ length: 65 }, () => "failed"));
});

test("what has to be done here first takes none of a host's time", async () => {
  const key = Promise.withResolvers<void>();
  const { pool, pass } = timeless({ "/h0": key.promise });
  const seen: Outcome<number>[] = [];
  const answer = Promise.withResolvers<number>();
  const all = fanOut(
    pool,
    places(1),
    "ps",
    10,
    () => answer.promise,
    (outcome) => seen.push(outcome),
  );
  await settled();
  await pass(60_000);
  key.resolve();
  await settled();
  await pass(9999);
  expect(seen).toHaveLength(0);
  answer.resolve(7);
  expect(await all).toEqual([{ kind: "answered", place: socketPlace("/h0"), name, value: 7 }]);
});
