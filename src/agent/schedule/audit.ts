import cron from "node-cron";
import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

const day = 24 * 60 * 60 * 1000;
const everyMinute = "* * * * *";
const nightly = "23 3 * * *";

/** Writes what the audit has kept back, each minute, and forgets what is older than so many days, each night; at the end, what is left. */
export function keepAudit(
  days: number,
  flush: (what: "due" | "all") => void,
  prune: (before: number) => number,
  clock: Clock,
  log: Log,
): { readonly stop: () => void } {
  const sweep = () => {
    try {
      const rows = prune(clock.now() - days * day);
      if (rows > 0) log.info({ rows }, `rows of the audit older than ${days} days were deleted`);
    } catch (error) {
      log.error({}, `the audit could not be pruned: ${toFailure(error).message}`);
    }
  };
  const tasks = [cron.schedule(everyMinute, () => flush("due")), cron.schedule(nightly, sweep)];
  return {
    stop: () => {
      for (const task of tasks) void task.stop();
      flush("all");
    },
  };
}
