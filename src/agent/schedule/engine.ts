import type { Clock } from "../domain/clock.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import type { Firing, Schedule, ScheduleBook } from "../domain/schedule.ts";
import type { Beat } from "./beat.ts";
import { firingsAfter, hasSeconds } from "./cron.ts";
import { dueNow, seenBy } from "./due.ts";

/** A schedule, and what is done when it is due. */
export interface Job {
  readonly schedule: Schedule;
  /**
   * Begins what is to be done. When it rejects, it is called again at the next beat, for as long as the firing may be made up
   * for. After a crash it may be called once more for a firing that it has begun: `request_id` is the same then. While
   * `ended` is pending, other firings of this schedule wait, and become one.
   */
  readonly fire: (firing: Firing) => Promise<{ readonly ended: Promise<unknown> }>;
}

/** A schedule as it stands. Times are milliseconds since 1970. */
export interface ScheduleView {
  readonly schedule: Schedule;
  /** When it was paused; null when it is not. */
  readonly paused: number | null;
  /** The newest firing that was begun, and the newest that was missed; null when there was none. */
  readonly fired: number | null;
  readonly missed: number | null;
}

/** The schedules of one family, at work. */
export interface Schedules {
  /** In the order of the settings. Throws Fault STORE. */
  readonly list: () => readonly ScheduleView[];
  /** The next times at which one is due, paused or not. Throws Fault NOT_FOUND. */
  readonly next: (name: string, count: number) => readonly number[];
  /** From now on its firings pass by; what passes is not made up for. Throws Fault NOT_FOUND, STORE. */
  readonly pause: (name: string) => ScheduleView;
  readonly resume: (name: string) => ScheduleView;
  /** No firing from now on; resolves when none is being begun. */
  readonly close: () => Promise<void>;
}

export interface SchedulesParts {
  readonly book: ScheduleBook;
  readonly clock: Pick<Clock, "now">;
  readonly beat: Beat;
  readonly log: Log;
}

/** Lets jobs of one family ("gpu", "snapshots": what their names are unique in) be done when they are due. */
export function startSchedules(family: string, jobs: readonly Job[], { book, clock, beat, log }: SchedulesParts): Schedules {
  const keyOf = ({ name }: Schedule) => `${family}/${name}`;
  const beginning = new Map<string, Promise<void>>();
  const underWay = new Set<string>();

  const look = ({ schedule, fire }: Job) => {
    const { name } = schedule;
    const key = keyOf(schedule);
    const fields = { schedule: key };
    if (beginning.has(name) || underWay.has(name)) return;
    const now = clock.now();
    const before = book.seen(key);
    const seen = seenBy(schedule, before, now);
    if (seen !== before) book.see(key, seen);
    const due = dueNow(schedule, seen, book.paused(key), now);
    if (due.is === "nothing") return;
    const at = new Date(due.at).toISOString();
    if (due.is === "passed") return book.see(key, { ...seen, until: due.at });
    if (due.is === "missed") {
      book.see(key, { ...seen, until: due.at, missed: due.at });
      return log.warn(fields, `the firing of ${at} was missed, and it is too late to make up for it`);
    }
    const begin = async () => {
      try {
        const { ended } = await fire({ schedule: name, at: due.at, request_id: `schedule ${key} ${at}` });
        underWay.add(name);
        const over = () => void underWay.delete(name);
        void ended.then(over, over);
        const meanwhile = book.seen(key) ?? seen;
        book.see(key, { ...meanwhile, until: Math.max(meanwhile.until, due.at), fired: due.at });
      } catch (error) {
        log.error(fields, `the firing of ${at} could not be begun: ${toFailure(error).message}`);
      } finally {
        beginning.delete(name);
      }
    };
    beginning.set(name, begin());
  };

  const lookAtAll = () => {
    for (const job of jobs) {
      try {
        look(job);
      } catch (error) {
        log.error({ schedule: keyOf(job.schedule) }, `the schedule can't be seen to: ${toFailure(error).message}`);
      }
    }
  };

  const find = (name: string): Schedule => {
    const found = jobs.find(({ schedule }) => schedule.name === name);
    if (found !== undefined) return found.schedule;
    const names = jobs.map(({ schedule }) => schedule.name).join(", ");
    throw new Fault("NOT_FOUND", `there is no schedule ${name}; there ${names === "" ? "are none" : `is ${names}`}`);
  };

  const view = (schedule: Schedule): ScheduleView => {
    const key = keyOf(schedule);
    const { fired, missed } = seenBy(schedule, book.seen(key), clock.now());
    return { schedule, paused: book.paused(key), fired, missed };
  };

  const beats = jobs.length === 0 ? null : beat(jobs.some(({ schedule }) => hasSeconds(schedule)) ? "second" : "minute", lookAtAll);
  lookAtAll();

  return {
    list: () => jobs.map(({ schedule }) => view(schedule)),
    next: (name, count) => firingsAfter(find(name), clock.now(), count),
    pause(name) {
      const schedule = find(name);
      book.pause(keyOf(schedule), clock.now());
      return view(schedule);
    },
    resume(name) {
      const schedule = find(name);
      const key = keyOf(schedule);
      const now = clock.now();
      // What was due since the last look was due while it was paused.
      if (book.paused(key) !== null) book.see(key, { ...seenBy(schedule, book.seen(key), now), until: now });
      book.pause(key, null);
      return view(schedule);
    },
    async close() {
      beats?.stop();
      await Promise.all(beginning.values());
    },
  };
}
