import type { RunId } from "../domain/run.ts";

/** What is waited for besides news of one run: those of any run and of the host. */
export const anything = "anything";

/** Tells who waits that there is something new in the journal. What is new is read from the journal. */
export interface Feed {
  /** Notifying of a run is notifying of anything as well. */
  readonly notify: (about: RunId) => void;
  /** Resolves at the next notify about this, or when the signal is aborted. */
  readonly next: (about: RunId, signal: AbortSignal) => Promise<void>;
}

export function createFeed(): Feed {
  const waiting = new Map<RunId, Set<() => void>>();
  const wakeAll = (about: RunId) => {
    const wakers = waiting.get(about);
    waiting.delete(about);
    for (const wake of wakers ?? []) wake();
  };
  return {
    notify(about) {
      wakeAll(about);
      if (about !== anything) wakeAll(anything);
    },
    next: (about, signal) =>
      new Promise((resolve) => {
        const wakers = waiting.get(about) ?? new Set();
        const wake = () => {
          signal.removeEventListener("abort", wake);
          wakers.delete(wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.set(about, wakers.add(wake));
        signal.addEventListener("abort", wake, { once: true });
      }),
  };
}
