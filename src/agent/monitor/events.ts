import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { EventBook, EventFilter, Events, HostEvent } from "../domain/event.ts";
import type { Log } from "../domain/log.ts";
import { anything, type Feed } from "../run/feed.ts";

/** The events of this host: to be said, listed and watched. */
export interface EventWatch extends Events, Pick<EventBook, "newest" | "next"> {
  /** What happened and happens from a seq on, in order, without a gap, until the signal is aborted. Throws Fault STORE. */
  readonly watch: (from_seq: number, filter: EventFilter, signal: AbortSignal) => AsyncIterable<HostEvent>;
}

/** What it is made of. */
export interface EventParts {
  readonly book: EventBook;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** Runs notify it as well: their events are read together with what is said. */
  readonly feed: Feed;
}

/** A watcher reads so many at a time; a slow one holds no more than these. */
const page = 200;

export function createEvents({ book, clock, log, feed }: EventParts): EventWatch {
  return {
    newest: book.newest,
    next: book.next,

    say({ kind, level, message, ctid = null, run = null, details = {} }) {
      const about = { ...(ctid === null ? {} : { ctid }), ...(run === null ? {} : { run }) };
      log[level]({ event: kind, ...about, ...(Object.keys(details).length === 0 ? {} : { details }) }, message);
      try {
        book.add({ at: clock.now(), kind, level, ctid, run, message, details });
      } catch (error) {
        log.error({ event: kind }, `this event could not be kept: ${toFailure(error).message}`);
      }
      feed.notify(anything);
    },

    async *watch(from_seq, filter, signal) {
      let from = from_seq;
      while (!signal.aborted) {
        const { events, next } = book.from(from, filter, page);
        yield* events;
        // Nothing is lost in between: what comes while the caller is busy is in the book before the next look.
        if (events.length === 0) await feed.next(anything, signal);
        from = next;
      }
    },
  };
}
