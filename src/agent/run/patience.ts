import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

/** The journal is tried again after so many milliseconds. */
const storePause = 1000;

/** Waits that end early when the agent goes away. */
export interface Patience {
  /** Tries until it succeeds: nothing may be done that isn't in the journal, so a full disk is waited for. Rejects when the agent goes away. */
  readonly until: <T>(write: () => T) => Promise<T>;
  /** Waits so many milliseconds, or until the agent goes away. */
  readonly pause: (ms: number) => Promise<void>;
  readonly end: () => void;
}

export function createPatience({ clock, log }: { readonly clock: Clock; readonly log: Log }): Patience {
  const away = new AbortController();
  return {
    async until(write) {
      for (let said = ""; ;) {
        try {
          return write();
        } catch (error) {
          const failure = toFailure(error);
          if (said !== failure.message) log.error({}, `the journal can't be written, and nothing goes on until it can: ${failure.message}`);
          said = failure.message;
          await clock.sleep(storePause, away.signal);
        }
      }
    },
    pause: (ms) => clock.sleep(ms, away.signal).catch(() => {}),
    end: () => away.abort(new Error("the agent goes away")),
  };
}
