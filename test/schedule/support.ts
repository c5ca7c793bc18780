import type { Clock } from "../../src/agent/domain/clock.ts";
import type { ScheduleBook, Seen } from "../../src/agent/domain/schedule.ts";
import type { Beat } from "../../src/agent/schedule/beat.ts";

/** Beats by another clock, for example a virtual one. */
export function beatOf(clock: Clock): Beat {
  return (every, call) => {
    const length = every === "second" ? 1000 : 60_000;
    const ending = new AbortController();
    const next = async () => {
      await clock.sleep(length - (clock.now() % length), ending.signal);
      call();
      void next().catch(() => {});
    };
    void next().catch(() => {});
    return { stop: () => ending.abort() };
  };
}

/** A book that forgets when the test is over. */
export function memoryBook(): ScheduleBook {
  const seen = new Map<string, Seen>();
  const paused = new Map<string, number>();
  return {
    seen: (key) => seen.get(key) ?? null,
    see: (key, what) => void seen.set(key, what),
    paused: (key) => paused.get(key) ?? null,
    pause: (key, at) => void (at === null ? paused.delete(key) : paused.set(key, paused.get(key) ?? at)),
  };
}
