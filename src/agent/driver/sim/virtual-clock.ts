import type { Clock } from "../../domain/clock.ts";

/** A clock whose time passes only when it is told to, or, in automatic mode, as soon as everybody waits. */
export interface VirtualClock extends Clock {
  /** Lets so many milliseconds pass; whoever's time comes is woken, one after the other, at exactly that time. */
  readonly advance: (ms: number) => Promise<void>;
  /** Jumps from sleeper to sleeper until nobody sleeps; gives up with an error after `limit` jumps. */
  readonly runUntilIdle: (limit?: number) => Promise<void>;
  /** Changes what the clock shows, as an administrator or NTP would: who sleeps, sleeps on as long as before. */
  readonly set: (now: number) => void;
  /** How many sleep. */
  readonly sleepers: () => number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** How often the event loop goes round before everybody counts as waiting: what was woken may sleep again only after some turns. */
const turns = 4;

async function settled(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/**
 * A virtual clock. Who sleeps to the same millisecond is woken in the order of falling asleep, so that the same program
 * takes the same course every time. "auto" lets time jump by itself when the event loop has nothing else to do.
 */
export function virtualClock(mode: "manual" | "auto" = "manual", start: number = Date.UTC(2026, 0, 1)): VirtualClock {
  let passed = 0;
  let shown = start;
  let sleepers: readonly Sleeper[] = [];
  let jumping = false;

  const drop = (sleeper: Sleeper) => (sleepers = sleepers.filter((other) => other !== sleeper));
  const passTo = (at: number) => {
    shown += Math.max(0, at - passed);
    passed = Math.max(passed, at);
  };
  const add = (sleeper: Sleeper) => {
    const after = sleepers.findIndex((other) => other.at > sleeper.at);
    sleepers = after === -1 ? [...sleepers, sleeper] : sleepers.toSpliced(after, 0, sleeper);
  };

  const jump = async (until: number, limit: number): Promise<void> => {
    await settled();
    for (let first = sleepers[0], jumps = 0; first !== undefined && first.at <= until; first = sleepers[0], jumps += 1) {
      if (jumps === limit) throw new Error(`somebody still sleeps after ${limit} jumps of the virtual clock`);
      passTo(first.at);
      drop(first);
      first.wake();
      await settled();
    }
  };

  const jumpByItself = async (): Promise<void> => {
    if (jumping) return;
    jumping = true;
    await jump(Infinity, Infinity);
    jumping = false;
  };

  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (ms <= 0) {
        resolve();
        return;
      }
      const stop = () => {
        drop(sleeper);
        reject(signal.reason as Error);
      };
      const wake = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper = { at: passed + ms, wake };
      signal.addEventListener("abort", stop, { once: true });
      add(sleeper);
      if (mode === "auto") void jumpByItself();
    });

  return {
    now: () => shown,
    elapsed: () => passed,
    sleep,
    advance: async (ms) => {
      const until = passed + ms;
      await jump(until, Infinity);
      passTo(until);
    },
    runUntilIdle: (limit = 100_000) => jump(Infinity, limit),
    set: (now) => void (shown = now),
    sleepers: () => sleepers.length,
  };
}
