import type { RunId } from "../domain/run.ts";

/** Tells who waits for a run that there is something new in its journal. What is new is read from the journal. */
export interface Feed {
  readonly notify: (run: RunId) => void;
  /** Resolves at the next notify for this run, or when the signal is aborted. */
  readonly next: (run: RunId, signal: AbortSignal) => Promise<void>;
}

export function createFeed(): Feed {
  const waiting = new Map<RunId, Set<() => void>>();
  return {
    notify(run) {
      const wakers = waiting.get(run);
      waiting.delete(run);
      for (const wake of wakers ?? []) wake();
    },
    next: (run, signal) =>
      new Promise((resolve) => {
        const wakers = waiting.get(run) ?? new Set();
        const wake = () => {
          signal.removeEventListener("abort", wake);
          wakers.delete(wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.set(run, wakers.add(wake));
        signal.addEventListener("abort", wake, { once: true });
      }),
  };
}
