import cron from "node-cron";
import type { Clock } from "../domain/clock.ts";
import { toFailure } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";

const day = 24 * 60 * 60 * 1000;
/** So long certificates are remembered after their end, to be shown. */
const rememberedDays = 90;
const hourly = "41 * * * *";

/** Looks after the agent's certificates: now, and every hour from then on. What goes wrong is logged, and tried again. */
export function tendTrust(
  tend: () => Promise<void>,
  forget: (before: number) => void,
  clock: Clock,
  log: Log,
): { readonly stop: () => void } {
  const sweep = async () => {
    try {
      await tend();
      forget(clock.now() - rememberedDays * day);
    } catch (error) {
      log.error({}, `the agent's certificates could not be looked after: ${toFailure(error).message}`);
    }
  };
  void sweep();
  const task = cron.schedule(hourly, sweep);
  return { stop: () => void task.stop() };
}
