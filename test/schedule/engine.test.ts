import { Fault } from "../../src/agent/domain/errors.ts";
import type { Firing, Schedule, ScheduleBook } from "../../src/agent/domain/schedule.ts";
import { virtualClock } from "../../src/agent/driver/sim/virtual-clock.ts";
import { realBeat } from "../../src/agent/schedule/beat.ts";
import { startSchedules, type Job } from "../../src/agent/schedule/engine.ts";
import { open, temporaryFolder } from "../store/support/folder.ts";
import { beatOf, memoryBook } from "./support.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 10, 25, 0, 30);

const nightly: Schedule = { name: "night", cron: "0 1 * * *", time_zone: "UTC", catch_up_s: 3600 };
const hourly: Schedule = { name: "hourly", cron: "0 * * * *", time_zone: "UTC", catch_up_s: 0 };

/** A host with a clock and a book, on which agents come and go. */
function host(schedule: Schedule, book: ScheduleBook = memoryBook()) {
  const clock = virtualClock("manual", start);
  const fired: string[] = [];
  const logged: string[] = [];
  let fire: Job["fire"] = async () => ({ ended: Promise.resolve() });
  const say = (level: string) => (_: object, message: string) => void logged.push(`${level} ${message}`);
  const told = (ms: number) => new Date(ms).toISOString().slice(8, 16);
  const noted: Job["fire"] = async (firing: Firing) => {
    fired.push(`${told(clock.now())} ${firing.request_id}`);
    return fire(firing);
  };
  return {
    clock,
    fired,
    logged,
    book,
    does: (what: Job["fire"]) => void (fire = what),
    agent: (as: Partial<Schedule> = {}) =>
      startSchedules("test", [{ schedule: { ...schedule, ...as }, fire: noted }], {
        book,
        clock,
        beat: beatOf(clock),
        log: { trace: () => {}, debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") },
      }),
  };
}

const request = (time: string) => `schedule test/night 2026-11-${time}:00.000Z`;

test("fires at its time, every time, once", async () => {
  const { clock, fired, agent } = host(nightly);
  agent();
  await clock.advance(29 * minute);
  expect(fired).toEqual([]);
  await clock.advance(48 * hour);
  expect(fired).toEqual([`25T01:00 ${request("25T01:00")}`, `26T01:00 ${request("26T01:00")}`]);
});

test("a schedule with seconds is looked at every second", async () => {
  const { clock, fired, agent } = host({ ...nightly, cron: "*/2 * * * * *" });
  agent();
  await clock.advance(5000);
  expect(fired.length).toBe(2);
});

describe("firings that were missed while the agent was down", () => {
  test.each([
    ["within the window are made up for", 90 * minute, ["25T02:00 " + request("25T01:00")], []],
    ["three nights of them become one", 49 * hour, ["27T01:30 " + request("27T01:00")], []],
    [
      "beyond it are said to be missed",
      91 * minute + hour,
      [],
      ["warn the firing of 2026-11-25T01:00:00.000Z was missed, and it is too late to make up for it"],
    ],
  ])("%s", async (_, down, firings, log) => {
    const { clock, fired, logged, agent } = host(nightly);
    await agent().close();
    await clock.advance(down);
    agent();
    await clock.advance(0);
    expect(fired).toEqual(firings);
    expect(logged).toEqual(log);
  });

  test("are not counted against a schedule that is new, or has another rule", async () => {
    const { clock, fired, agent } = host(nightly);
    await agent({ cron: "0 4 * * *" }).close();
    await clock.advance(hour);
    const second = agent();
    await clock.advance(minute);
    expect(fired).toEqual([]);
    expect(second.list()).toMatchObject([{ fired: null, missed: null, paused: null }]);
  });

  test("without a window a minute is given all the same", async () => {
    const { clock, fired, agent } = host({ ...nightly, catch_up_s: 0 });
    await agent().close();
    await clock.advance(31 * minute);
    agent();
    await clock.advance(0);
    expect(fired.length).toBe(1);
  });
});

test("firings wait while one is under way, and become one", async () => {
  const { clock, fired, does, agent } = host({ ...hourly, catch_up_s: 3600 });
  let end = () => {};
  does(async () => ({ ended: new Promise<void>((resolve) => (end = resolve)) }));
  agent();
  await clock.advance(4 * hour);
  expect(fired.map((each) => each.slice(0, 8))).toEqual(["25T01:00"]);
  end();
  await clock.advance(minute);
  expect(fired.map((each) => each.slice(0, 8))).toEqual(["25T01:00", "25T04:31"]);
  expect(fired[1]).toContain("schedule test/hourly 2026-11-25T04:00:00.000Z");
});

test("what can't be begun is tried again with the same request id, within the window", async () => {
  const { clock, fired, logged, does, agent } = host({ ...nightly, catch_up_s: 120 });
  does(() => Promise.reject(new Fault("STORE", "the disk is full")));
  const schedules = agent();
  await clock.advance(40 * minute);
  expect(fired).toEqual(["25T01:00", "25T01:01", "25T01:02"].map((time) => `${time} ${request("25T01:00")}`));
  expect(logged.at(-1)).toContain("was missed");
  expect(logged[0]).toBe("error the firing of 2026-11-25T01:00:00.000Z could not be begun: the disk is full");
  expect(schedules.list()).toMatchObject([{ fired: null, missed: Date.UTC(2026, 10, 25, 1) }]);
});

test("an agent that is cut off while it begins a firing begins it again", async () => {
  const { clock, fired, does, agent } = host(nightly);
  does(() => new Promise(() => {}));
  void agent();
  await clock.advance(31 * minute);
  does(async () => ({ ended: Promise.resolve() }));
  agent();
  await clock.advance(0);
  expect(fired).toEqual([`25T01:00 ${request("25T01:00")}`, `25T01:01 ${request("25T01:00")}`]);
});

describe("a schedule that is paused", () => {
  test("lets its firings pass by, and does not make up for them", async () => {
    const { clock, fired, agent } = host(nightly);
    const schedules = agent();
    expect(schedules.pause("night")).toMatchObject({ paused: start });
    await clock.advance(40 * minute);
    expect(schedules.resume("night")).toMatchObject({ paused: null, fired: null, missed: null });
    await clock.advance(24 * hour);
    expect(fired).toEqual([`26T01:00 ${request("26T01:00")}`]);
  });

  test("stays paused when the agent is started again, since when is not forgotten, and what passed meanwhile is not made up for", async () => {
    const { clock, fired, agent } = host(nightly);
    const first = agent();
    first.pause("night");
    first.pause("night");
    await first.close();
    await clock.advance(31 * minute);
    const second = agent();
    expect(second.list()).toMatchObject([{ paused: start }]);
    second.pause("night");
    expect(second.list()).toMatchObject([{ paused: start }]);
    second.resume("night");
    await clock.advance(hour);
    expect(fired).toEqual([]);
  });
});

describe("a clock that is set", () => {
  test("back by an hour makes nothing fire twice", async () => {
    const { clock, fired, agent } = host(nightly);
    agent();
    await clock.advance(31 * minute);
    clock.set(start);
    await clock.advance(23 * hour);
    expect(fired.length).toBe(1);
  });

  test("back from far in the future fires again as it should", async () => {
    const { clock, fired, agent } = host(nightly);
    clock.set(Date.UTC(2099, 0, 1));
    agent();
    await clock.advance(0);
    clock.set(start);
    await clock.advance(31 * minute);
    expect(fired.at(-1)).toBe(`25T01:00 ${request("25T01:00")}`);
  });
});

test("the next times of a schedule, and names that are none", () => {
  const schedules = host(nightly).agent();
  expect(schedules.next("night", 2)).toEqual([Date.UTC(2026, 10, 25, 1), Date.UTC(2026, 10, 26, 1)]);
  for (const call of [schedules.pause, schedules.resume, (name: string) => schedules.next(name, 1)])
    expect(() => call("nihgt")).toThrow("there is no schedule nihgt; there is night");
});

test("after close nothing fires, and what is being begun is waited for", async () => {
  const { clock, fired, does, agent } = host(nightly);
  let begun = () => {};
  does(() => new Promise((resolve) => (begun = () => resolve({ ended: Promise.resolve() }))));
  const schedules = agent();
  await clock.advance(30 * minute);
  let closed = false;
  const closing = schedules.close().then(() => (closed = true));
  await clock.advance(48 * hour);
  expect(closed).toBe(false);
  begun();
  await closing;
  expect(fired.length).toBe(1);
});

test("what was seen outlives the agent", async () => {
  const folder = temporaryFolder();
  const store = open(folder);
  const { clock, agent } = host(nightly, store.schedules);
  const first = agent();
  await clock.advance(40 * minute);
  first.pause("night");
  const before = first.list();
  await first.close();
  store.close();
  const second = host(nightly, open(folder).schedules);
  expect(second.agent().list()).toEqual(before);
});

test("the clock on the wall beats", async () => {
  await new Promise<void>((resolve) => {
    const { stop } = realBeat("second", () => {
      stop();
      resolve();
    });
  });
});
