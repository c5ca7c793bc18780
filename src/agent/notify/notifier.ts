import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { EventBook, Events, HostEvent } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import type { Log } from "../domain/log.ts";
import type { Notice, NoticeBook, WaitingNotice } from "../domain/notice.ts";
import type { Ending } from "../domain/run.ts";
import { anything, type Feed } from "../run/feed.ts";
import { runMessage, type Sender } from "./message.ts";
import type { Send } from "./send.ts";

/** Tells the owner of runs that have ended. */
export interface Notifier {
  /** Delivers from now on. */
  readonly follow: () => void;
  /** Resolves when nothing is being sent. What has not arrived is delivered in the agent's next life. */
  readonly close: () => Promise<void>;
  readonly standing: () => NoticeStanding;
}

/** What has become of notices since the agent began, and how many wait; times are milliseconds since 1970. */
export interface NoticeStanding {
  readonly delivered: number;
  readonly failed: number;
  readonly given_up: number;
  readonly waiting: number;
  readonly since: number | null;
}

export interface NotifierParts {
  readonly book: NoticeBook;
  readonly events: Events & Pick<EventBook, "next">;
  readonly history: Pick<EventBook, "from">;
  readonly journal: Pick<Journal, "run">;
  readonly feed: Feed;
  readonly send: Send;
  readonly sender: Sender;
  /** Runs that end like this are told. */
  readonly results: readonly Ending[];
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
}

/** Milliseconds until the second try; each further one waits twice as long, up to `longestPause`. */
const firstPause = 5000;
export const longestPause = 15 * 60_000;
/** What fails so long after it has happened is given up. */
export const patience = 24 * 60 * 60_000;
/** Events that are read at a time. */
const page = 200;
/** A database that can't be used is tried again after so many milliseconds. */
const storePause = 5000;

/**
 * A notifier. Of each event a notice is written down in the transaction that says that it has been read, and it stays there until its
 * receiver has said that it has it, or it was given up: so a crash loses none, and may send one twice, under the same id. One is sent at a
 * time, in the order of events. Throws Fault STORE.
 */
export function createNotifier(parts: NotifierParts): Notifier {
  const { book, events, history, journal, feed, send, sender, results, clock, log, newId } = parts;
  const ending = new AbortController();
  const { signal } = ending;
  // Not what was before anybody wanted to know.
  if (book.from() === null) book.add([], events.next());
  let from = book.from() ?? events.next();
  let counts = { delivered: 0, failed: 0, given_up: 0 };
  let waiting = book.waiting();

  /** Writes down what is to be told of the next events; whether there may be more. */
  const collect = (): boolean => {
    const { events: found, next } = history.from(from, { level: "info", ctid: null }, page);
    const ended = found.filter(({ kind }) => kind === "run.finished");
    if (ended.length > 0) book.add(ended.flatMap(noticeOf), next);
    from = next;
    return found.length === page;
  };

  const noticeOf = ({ run, at, details }: HostEvent): readonly Notice[] => {
    const record = run !== null && results.some((result) => result === details["ending"]) ? journal.run(run) : null;
    if (record === null) return [];
    const id = newId();
    return [{ id, run: record.id, at, body: runMessage(id, sender, record) }];
  };

  const deliver = async (notice: WaitingNotice) => {
    const { id, run, at } = notice;
    try {
      await send(notice, signal);
    } catch (error) {
      if (signal.aborted) return;
      failed(notice, toFailure(error).message);
      return;
    }
    book.drop(id);
    counts = { ...counts, delivered: counts.delivered + 1 };
    log.info({ run, notice: id, ms: Math.max(0, clock.now() - at) }, "a notification has arrived");
  };

  const failed = ({ id, run, at, attempts }: WaitingNotice, why: string) => {
    const tries = attempts + 1;
    counts = { ...counts, failed: counts.failed + 1 };
    if (clock.now() - at >= patience) {
      const message = `a notification was given up after ${tries} ${tries === 1 ? "try" : "tries"}: ${why}`;
      events.say({ kind: "notify.lost", level: "error", run, message, details: { notice: id } });
      book.drop(id);
      counts = { ...counts, given_up: counts.given_up + 1 };
      return;
    }
    const pause = pauseAfter(tries);
    book.retry(id, clock.now() + pause);
    log.warn({ run, notice: id, attempt: tries }, `a notification has not arrived, and is tried again in ${pause / 1000} s: ${why}`);
  };

  /** Does what there is to do now, and waits until there may be more. */
  const turn = async () => {
    while (collect()) if (signal.aborted) return;
    waiting = book.waiting();
    const notice = book.first();
    // What comes while this is read is in the book before the next look.
    if (notice === null) return feed.next(anything, signal);
    const pause = Math.min(notice.next - clock.now(), longestPause);
    if (pause > 0) return clock.sleep(pause, signal).catch(() => {});
    await deliver(notice);
    waiting = book.waiting();
  };

  const loop = async () => {
    let said = "";
    while (!signal.aborted) {
      try {
        await turn();
        said = "";
      } catch (error) {
        const { message } = toFailure(error);
        if (message !== said) log.error({}, `notifications wait: ${message}`);
        said = message;
        await clock.sleep(storePause, signal).catch(() => {});
      }
    }
  };
  let looping = Promise.resolve();

  return {
    follow: () => void (looping = loop()),
    async close() {
      ending.abort(new Error("the agent ends"));
      await looping;
    },
    standing: () => ({ ...counts, waiting: waiting.count, since: waiting.since }),
  };
}

/** Milliseconds from a try that failed, the first one being 1, to the next. */
export function pauseAfter(tries: number): number {
  return Math.min(firstPause * 2 ** (tries - 1), longestPause);
}
