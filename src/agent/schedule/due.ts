import type { Schedule, Seen } from "../domain/schedule.ts";
import { firingUntil } from "./cron.ts";

/** What a schedule's time has come to. */
export type Due =
  | { readonly is: "nothing" }
  | { readonly is: "passed"; readonly at: number } // while it was paused
  | { readonly is: "missed"; readonly at: number } // found too late to be made up for
  | { readonly is: "due"; readonly at: number };

/** Who looks every minute, and has something else to do as well, is never later than this, in milliseconds. */
const onTime = 60_000;
/** A clock that was set back by more than this was wrong before, in milliseconds. */
const setBack = 3 * 60 * 60 * 1000;

/** What firings follow from; when that is another, what was seen before is of no use. */
export function ruleText({ cron, time_zone }: Schedule): string {
  return `${cron} ${time_zone}`;
}

/**
 * From when on firings count. One that is new, or has another rule, begins now: nothing was promised before. So does one whose
 * clock was far ahead; by less, a clock that is set back does not make anything fire twice.
 */
export function seenBy(schedule: Schedule, seen: Seen | null, now: number): Seen {
  const rule = ruleText(schedule);
  if (seen === null || seen.rule !== rule) return { rule, until: now, fired: seen?.fired ?? null, missed: null };
  return seen.until > now + setBack ? { ...seen, until: now } : seen;
}

/** What is to be done now. However many firings were missed, one is made up for: the newest. */
export function dueNow(schedule: Schedule, { until }: Seen, pausedAt: number | null, now: number): Due {
  const at = firingUntil(schedule, now);
  if (at === null || at <= until) return { is: "nothing" };
  if (pausedAt !== null) return { is: "passed", at };
  return { is: now - at <= Math.max(onTime, schedule.catch_up_s * 1000) ? "due" : "missed", at };
}
