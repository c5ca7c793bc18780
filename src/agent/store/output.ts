import type { EventTable, OutputEvent } from "./events.ts";

/** How much of a step's output is kept: its beginning and its end, in bytes. One event has at most `piece` UTF-16 units. */
export const limits = { head: 1024 * 1024, tail: 1024 * 1024, piece: 16 * 1024 };

/** A part of the end; seq is null until it has been written. */
interface Part {
  seq: number | null;
  readonly bytes: number;
  /** Bytes that are missing right before it. */
  dropped: number;
  readonly event: OutputEvent | null;
}

/** What is kept of a step's output, so that nothing has to be looked up to go on. */
interface Kept {
  head: number;
  /** Empty as long as everything fits into the head. */
  tail: Part[];
  tailBytes: number;
}

/** Writes output of steps within the limits. Of what it remembers nothing is needed: it is read again from the events. */
export function outputWriter(events: EventTable) {
  const runs = new Map<number, Map<string, Kept>>();

  function keptOf(no: number, step: string): Kept {
    const steps = runs.get(no) ?? new Map<string, Kept>();
    runs.set(no, steps);
    const kept = steps.get(step) ?? recall(events.sizes(no, step));
    steps.set(step, kept);
    return kept;
  }

  function write(no: number, at: number, step: string, batch: readonly OutputEvent[]): void {
    const kept = keptOf(no, step);
    for (const event of batch) {
      const bytes = Buffer.byteLength(event.text);
      if (kept.tail.length === 0 && kept.head + bytes <= limits.head) {
        events.add(no, at, event);
        kept.head += bytes;
      } else {
        kept.tail.push({ seq: null, bytes, dropped: event.dropped, event });
        kept.tailBytes += bytes;
      }
    }
    const gone = shorten(kept);
    const written = gone.filter(({ seq }) => seq !== null);
    const [first, last] = [written[0]?.seq, written.at(-1)?.seq];
    if (first != null && last != null) events.removeOutput(no, step, first, last);
    for (const part of kept.tail)
      if (part.seq === null && part.event !== null) part.seq = events.add(no, at, { ...part.event, dropped: part.dropped });
    const [oldest] = kept.tail;
    if (gone.length > 0 && oldest?.seq != null) events.setDropped(oldest.seq, oldest.dropped);
  }

  return {
    /** Writes output of a run, inside a transaction of the caller. */
    write: (no: number, at: number, batch: readonly OutputEvent[]): void => {
      const pieces = batch.flatMap(cut);
      for (const [step, ofStep] of Map.groupBy(pieces, (event) => event.step)) write(no, at, step, ofStep);
    },
    /** Forgets a run: it has ended, or the transaction was rolled back. */
    forget: (no: number): void => void runs.delete(no),
  };
}

/** Takes from the front of the tail what is too much; what comes next then knows how much is missing. */
function shorten(kept: Kept): readonly Part[] {
  let count = 0;
  let dropped = 0;
  while (kept.tailBytes > limits.tail && count < kept.tail.length - 1) {
    const part = kept.tail[count];
    kept.tailBytes -= part?.bytes ?? 0;
    dropped += (part?.bytes ?? 0) + (part?.dropped ?? 0);
    count += 1;
  }
  const gone = kept.tail.splice(0, count);
  const [oldest] = kept.tail;
  if (oldest !== undefined) oldest.dropped += dropped;
  return gone;
}

/** What was kept, from what is there: the head ends where something is missing, or where the next one did not fit. */
function recall(sizes: readonly { seq: number; bytes: number; dropped: number }[]): Kept {
  let head = 0;
  const end = sizes.findIndex(({ bytes, dropped }) => {
    if (dropped > 0 || head + bytes > limits.head) return true;
    head += bytes;
    return false;
  });
  const tail = end < 0 ? [] : sizes.slice(end).map((size) => ({ ...size, event: null }));
  return { head, tail, tailBytes: tail.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** An event in pieces that are small enough to be kept or deleted one by one. No character is cut in two. */
function cut(event: OutputEvent): readonly OutputEvent[] {
  const { text } = event;
  if (text.length <= limits.piece) return [event];
  const pieces: OutputEvent[] = [];
  for (let start = 0; start < text.length;) {
    const end = start + limits.piece;
    const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(end));
    const piece = text.slice(start, splitsPair ? end - 1 : end);
    pieces.push({ ...event, text: piece, dropped: start === 0 ? event.dropped : 0 });
    start += piece.length;
  }
  return pieces;
}
