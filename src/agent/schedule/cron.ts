import { Cron } from "croner";
import type { Schedule } from "../domain/schedule.ts";

/** What a schedule's times are made of. */
export type Rule = Pick<Schedule, "cron" | "time_zone">;

/** The time zone that the clock of this machine knows by itself: what holds where no zone is named. To ask takes 20 ms the first time. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether a text names a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** What is wrong with a cron expression, in a few words; null when nothing is. */
export function cronProblem(cron: string): string | null {
  if (!/^(@\w+|\S+( +\S+){4,5})$/.test(cron)) return "it has neither five fields (minutes first) nor six (seconds first)";
  try {
    return firingsAfter({ cron, time_zone: "UTC" }, Date.UTC(2000, 0, 1), 1).length === 0 ? "it never comes due" : null;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, "");
  }
}

/**
 * The next times at which it is due, milliseconds since 1970, after a time. Where clocks are set forward, a time that does not
 * exist that day comes right after the gap; where they are set back, a time that exists twice is taken once, and what is due
 * every hour or more often goes on without a break.
 */
export function firingsAfter({ cron, time_zone }: Rule, after: number, count: number): readonly number[] {
  // Croner counts from the full second on.
  const from = new Date(Math.floor(after / 1000) * 1000);
  return new Cron(cron, { timezone: time_zone, paused: true }).nextRuns(count, from).map((date) => date.getTime());
}

/** The newest time at which it was due, now or before; null when there was none. */
export function firingUntil({ cron, time_zone }: Rule, until: number): number | null {
  // Croner leaves out the reference itself.
  const [newest] = new Cron(cron, { timezone: time_zone, paused: true }).previousRuns(1, new Date(until + 1));
  return newest?.getTime() ?? null;
}

/** Whether it can be due more often than every minute. */
export function hasSeconds({ cron }: Rule): boolean {
  return cron.split(" ").filter((field) => field !== "").length === 6;
}
