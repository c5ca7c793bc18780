import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Beat } from "./beat.ts";

/** Beats come every minute at least; one that is this late, in milliseconds, does not come any more. */
const late = 150_000;

/** Whether schedules are at work. */
export interface Pulse {
  /** Throws a Fault when beats don't come any more. */
  readonly check: () => void;
  readonly stop: () => void;
}

/**
 * Feels the beat that schedules live by. Time that the machine has slept does not count, but a clock that is set back by hours
 * does: until it has caught up, nothing comes due.
 */
export function feelPulse(beat: Beat, clock: Pick<Clock, "elapsed">): Pulse {
  let last = clock.elapsed();
  const { stop } = beat("minute", () => {
    last = clock.elapsed();
  });
  return {
    check: () => {
      const silent = clock.elapsed() - last;
      if (silent > late) throw new Fault("TIMEOUT", `schedules have not been looked at for ${Math.round(silent / 1000)} s`);
    },
    stop,
  };
}
