/** Time, as a part that can be replaced: runs wait on it and stamp their journal with it. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since some moment, with fractions; never goes back, whatever is done to the clock on the wall. */
  readonly elapsed: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted before. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The clock on the wall. */
export const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: async (ms, signal) => {
    let left = ms;
    for (; left > longestTimer; left -= longestTimer) await timer(longestTimer, signal);
    await timer(left, signal);
  },
};

/** Node.js takes a longer timer, of 25 days, for one of a millisecond. */
const longestTimer = 2 ** 31 - 1;

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(waiting);
      reject(signal.reason as Error);
    };
    const waiting = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
