import cron from "node-cron";
import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

const day = 24 * 60 * 60 * 1000;
/** At night, and not on the hour, when everything else is busy. */
const nightly = "17 3 * * *";

/** Deletes finished runs older than so many days, with their output and events: now, and every night from then on. */
export function keepDays(
  days: number,
  prune: (before: number) => Promise<{ readonly runs: number }>,
  clock: Clock,
  log: Log,
): { readonly stop: () => void } {
  const sweep = async () => {
    try {
      const { runs } = await prune(clock.now() - days * day);
      if (runs > 0) log.info({ runs }, `runs older than ${days} days were deleted`);
    } catch (error) {
      log.error({}, `old runs could not be deleted: ${toFailure(error).message}`);
    }
  };
  void sweep();
  const task = cron.schedule(nightly, sweep);
  return { stop: () => void task.stop() };
}
