import { expect, test } from "@jest/globals";
import { getEventListeners } from "node:events";
import { virtualClock } from "../../../src/agent/driver/sim/virtual-clock.ts";

const never = new AbortController().signal;

/** Three that sleep in turns, and what they say when they wake, with the time. */
function sleepers(mode: "manual" | "auto") {
  const clock = virtualClock(mode, 0);
  const log: string[] = [];
  const one = async (name: string, naps: readonly number[]) => {
    for (const ms of naps) {
      await clock.sleep(ms, never);
      log.push(`${clock.now()}: ${name}`);
    }
  };
  const all = Promise.all([one("a", [100, 100]), one("b", [200]), one("c", [50, 100, 500])]);
  return { clock, log, all };
}

const course = ["50: c", "100: a", "150: c", "200: b", "200: a", "650: c"];

test("time passes only when it is told to, and each wakes at its own time", async () => {
  const { clock, log } = sleepers("manual");
  await clock.advance(49);
  expect([log, clock.now()]).toEqual([[], 49]);
  await clock.advance(1);
  expect(log).toEqual(course.slice(0, 1));
  await clock.advance(400);
  expect([log, clock.now(), clock.sleepers()]).toEqual([course.slice(0, 5), 450, 1]);
});

test("runs until nobody sleeps, always the same way", async () => {
  const { clock, log, all } = sleepers("manual");
  await clock.runUntilIdle();
  await all;
  expect([log, clock.now(), clock.sleepers()]).toEqual([course, 650, 0]);
});

test("jumps by itself when everybody waits", async () => {
  const { log, all } = sleepers("auto");
  await all;
  expect(log).toEqual(course);
});

test("does not jump by itself over somebody who is still at work", async () => {
  const clock = virtualClock("auto", 0);
  const long = clock.sleep(1000, never).then(() => clock.now());
  await new Promise((resolve) => setImmediate(resolve));
  const short = clock.sleep(10, never).then(() => clock.now());
  expect(await Promise.all([short, long])).toEqual([10, 1000]);
});

test("gives up when somebody never comes to rest", async () => {
  const clock = virtualClock("manual", 0);
  const stop = new AbortController();
  const restless = (async () => {
    for (;;) await clock.sleep(1, stop.signal);
  })();
  await expect(clock.runUntilIdle(5)).rejects.toThrow("still sleeps after 5 jumps");
  stop.abort(new Error("enough"));
  await expect(restless).rejects.toThrow("enough");
  expect(clock.sleepers()).toBe(0);
});

test("an abort ends a sleep with the signal's reason, also one that came before", async () => {
  const clock = virtualClock("manual", 0);
  const abort = new AbortController();
  const slept = clock.sleep(10, abort.signal);
  abort.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
  await expect(clock.sleep(10, abort.signal)).rejects.toThrow("enough");
  expect(clock.sleepers()).toBe(0);
});

test("who was woken listens to the signal no more", async () => {
  const clock = virtualClock("auto", 0);
  const abort = new AbortController();
  await clock.sleep(10, abort.signal);
  expect(getEventListeners(abort.signal, "abort")).toEqual([]);
});

test("a clock that is set shows another time, and who sleeps sleeps as long as before", async () => {
  const clock = virtualClock("manual", 1000);
  let woken = false;
  const slept = clock.sleep(100, never).then(() => (woken = true));
  clock.set(500_000);
  await clock.advance(99);
  expect([woken, clock.now(), clock.elapsed()]).toEqual([false, 500_099, 99]);
  await clock.advance(1);
  await slept;
  expect(clock.now()).toBe(500_100);
});
