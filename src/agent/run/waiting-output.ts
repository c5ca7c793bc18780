import type { RunEvent } from "../domain/run.ts";

type OutputEvent = Extract<RunEvent, { type: "output" }>;

/** So much output waits at most, in UTF-16 units; of more, the oldest is given up, and what follows it says how much is missing. */
const most = 2 * 1024 * 1024;

/** Output of a run on its way to the journal. What can't be written, on a full disk for example, waits for the next try. */
export interface WaitingOutput {
  readonly add: (events: readonly OutputEvent[]) => void;
  /** Tries to write what waits. Gives why it can't be written, null when nothing waits any more. */
  readonly flush: () => unknown;
}

export function waitingOutput(write: (events: readonly OutputEvent[]) => void): WaitingOutput {
  let waiting: OutputEvent[] = [];
  return {
    add: (events) => void (waiting = shortened([...waiting, ...events])),
    flush() {
      if (waiting.length === 0) return null;
      try {
        write(waiting);
        waiting = [];
        return null;
      } catch (thrown) {
        return thrown;
      }
    },
  };
}

function shortened(events: OutputEvent[]): OutputEvent[] {
  let size = events.reduce((sum, { text }) => sum + text.length, 0);
  let from = 0;
  let dropped = 0;
  for (; size > most && from < events.length - 1; from += 1) {
    const { text = "", dropped: before = 0 } = events[from] ?? {};
    size -= text.length;
    dropped += Buffer.byteLength(text) + before;
  }
  const [first, ...rest] = events.slice(from);
  return first === undefined ? [] : [{ ...first, dropped: first.dropped + dropped }, ...rest];
}
