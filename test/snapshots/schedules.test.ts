// Schedules at work on a simulated host: what is taken, what goes, and what is left alone.
import { readDescription } from "../../src/agent/domain/container.ts";
import type { Said } from "../../src/agent/domain/event.ts";
import type { Protection } from "../../src/agent/domain/protection.ts";
import { startSnapshotSchedules, type SnapshotSchedulesParts } from "../../src/agent/snapshots/schedules.ts";
import type { Bench, Life } from "../run/support/bench.ts";
import { wish } from "../run/support/bench.ts";
import { ctid, settled } from "../run/support/house.ts";
import { memoryBook } from "../schedule/support.ts";
import * as w from "../support/world.ts";

type Given = SnapshotSchedulesParts["schedules"][number];

const hour = 60 * 60 * 1000;
const day = 24 * hour;
const night: Given = {
  name: "night",
  cron: "0 3 * * *",
  time_zone: "UTC",
  catch_up_s: 6 * 3600,
  containers: [ctid],
  pattern: "auto-%Y%m%d",
  keep: { count: 2 },
};

let host: Bench;
afterEach(() => host.dispose());

/** Lives of the schedules on one host, whose clock stands at three in the night of a day when `at` says so. */
function tended(life: Life, given: Partial<Given> = {}) {
  const book = memoryBook();
  const said: string[] = [];
  const protections: Protection[] = [];
  let beat = () => {};
  const begin = () =>
    startSnapshotSchedules({
      schedules: [{ ...night, ...given }],
      orchestrator: life.orchestrator,
      journal: life.journal,
      world: async () => ({
        ...w.world({ configs: [...host.manifest.values()], protections }),
        inventory: await life.driver.observe(),
      }),
      book,
      events: { say: ({ kind, message }: Said) => void said.push(`${kind} ${message}`) },
      clock: host.clock,
      beat: (_, call) => {
        beat = call;
        return { stop: () => (beat = () => {}) };
      },
      log: { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: (_, message) => void said.push(`error ${message}`) },
    });
  return {
    said,
    protections,
    begin,
    /** Sets the clock and looks at what is due. */
    at: (ms: number) => {
      host.clock.set(ms);
      beat();
    },
  };
}

const three = (date: number) => Date.UTC(2026, 10, date, 3);
const names = async () =>
  (await host.seen(ctid)).snapshots.map(({ name }) => name).filter((name) => !["pre-configured", "final-form"].includes(name));

/** Lets the event loop go round until something is so; says what it is when it never comes. */
async function until<T>(look: () => T | Promise<T>, wanted: T): Promise<void> {
  for (let turn = 0; turn < 5000; turn += 1) {
    if (JSON.stringify(await look()) === JSON.stringify(wanted)) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(await look()).toEqual(wanted);
}

const isQuiet = (life: Life) => until(() => life.journal.unfinished().length, 0);

test("takes one each night, deletes its own that are over, and nobody else's", async () => {
  host = await settled();
  const life = host.live();
  const { begin, at, said } = tended(life);
  const schedules = begin();
  for (const [date, left] of [
    [21, ["auto-20261121"]],
    [22, ["auto-20261121", "auto-20261122"]],
    [23, ["auto-20261122", "auto-20261123"]],
    [24, ["auto-20261123", "auto-20261124"]],
  ] as const) {
    at(three(date));
    await until(names, [...left]);
    await isQuiet(life);
  }
  await life.run(ctid, wish.snapshot);
  at(three(25));
  await until(names, ["auto-20261124", "mine", "auto-20261125"]);
  await schedules.close();
  const all = (await host.seen(ctid)).snapshots;
  expect(all.map(({ name, schedule }) => `${name} ${schedule}`)).toEqual([
    "pre-configured null",
    "final-form null",
    "auto-20261124 night",
    "mine null",
    "auto-20261125 night",
  ]);
  expect(readDescription(all.at(-1)?.description ?? "")).toMatchObject({ text: "on schedule" });
  expect(said).toEqual([]);
});

test("what is protected stays, and is not counted", async () => {
  host = await settled();
  const life = host.live();
  const { begin, at, protections } = tended(life);
  const schedules = begin();
  at(three(21));
  await until(names, ["auto-20261121"]);
  await isQuiet(life);
  const first = (await host.seen(ctid)).snapshots.at(-1);
  protections.push({ ctid, name: "auto-20261121", created: first?.created ?? null, since: 0 });
  for (const date of [22, 23, 24]) {
    at(three(date));
    await until(async () => (await names()).at(-1), `auto-202611${date}`);
    await isQuiet(life);
  }
  await until(names, ["auto-20261121", "auto-20261123", "auto-20261124"]);
  await schedules.close();
});

test("a container that a run holds is skipped, which is said", async () => {
  host = await settled();
  const life = host.live();
  const { begin, at, said } = tended(life);
  const schedules = begin();
  const run = await life.begin(ctid, wish.letsgo);
  at(three(21));
  await until(() => said, [`snapshot.skip schedule night: no snapshot of 950: run ${run} has it`]);
  await life.ended(run);
  expect(await names()).toEqual([]);
  at(three(22));
  await until(names, ["auto-20261122"]);
  await schedules.close();
});

test("firings that were missed become one within the window, which says that it is late", async () => {
  host = await settled();
  const life = host.live();
  const { begin, at } = tended(life);
  await begin().close();
  host.clock.set(three(24) + 5 * hour);
  const schedules = begin();
  await until(names, ["auto-20261124"]);
  await isQuiet(life);
  expect(readDescription((await host.seen(ctid)).snapshots.at(-1)?.description ?? "").text).toBe("late, was due 2026-11-24T03:00:00.000Z");
  at(three(25) + 7 * hour);
  expect(schedules.list()).toMatchObject([{ fired: three(24), missed: three(25), next: three(26) }]);
  expect(await names()).toEqual(["auto-20261124"]);
  await schedules.close();
});

test("where no new snapshot can be taken, none goes", async () => {
  host = await settled();
  const life = host.live();
  const { begin, at, said } = tended(life, { keep: { age: "24h" } });
  const schedules = begin();
  at(three(21));
  await until(names, ["auto-20261121"]);
  await isQuiet(life);
  life.driver.outside.snapshot(ctid, "auto-20261123");
  at(three(23));
  await until(() => said, ["snapshot.skip schedule night: no snapshot of 950: it has a snapshot auto-20261123 already"]);
  expect(await names()).toEqual(["auto-20261121", "auto-20261123"]);
  at(three(24));
  await until(names, ["auto-20261123", "auto-20261124"]);
  await schedules.close();
});

test("a snapshot that fails lets nothing go either", async () => {
  host = await settled();
  host.faults = [{ call: "snapshot", nth: 3, do: "fail" }];
  const life = host.live();
  const { begin, at } = tended(life, { keep: { age: "36h" } });
  const schedules = begin();
  for (const [date, left] of [
    [21, ["auto-20261121"]],
    [22, ["auto-20261121", "auto-20261122"]],
  ] as const) {
    at(three(date));
    await until(names, [...left]);
    await isQuiet(life);
  }
  at(three(24));
  const newest = () => life.journal.runs({ ctid, phases: [], limit: 1, before: null })[0];
  await until(() => newest()?.state.phase, "failed");
  for (let turn = 0; turn < 200; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(newest()?.plan.request).toMatchObject({ kind: "snapshot" });
  expect(await names()).toEqual(["auto-20261121", "auto-20261122"]);
  await schedules.close();
});

test("all: those of the manifest that exist; by hand: now, once for a request", async () => {
  host = await settled();
  host.manifest.set(951, w.config({ ctid: 951 }));
  const life = host.live();
  const { begin } = tended(life, { containers: "all", pattern: "a%Y%m%d-%H%M%S" });
  const schedules = begin();
  host.clock.set(Date.UTC(2026, 10, 21, 12, 30));
  const { runs, refused } = await schedules.run("by-hand", "night");
  expect(runs.map(({ plan }) => plan.request.ctid)).toEqual([ctid]);
  expect(refused).toEqual([]);
  await until(names, ["a20261121-123000"]);
  host.clock.set(host.clock.now() + day);
  expect((await schedules.run("by-hand", "night")).runs.map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
  expect(await names()).toEqual(["a20261121-123000"]);
  await expect(schedules.run("again", "nihgt")).rejects.toThrow("there is no schedule nihgt; there is night");
  await schedules.close();
});
