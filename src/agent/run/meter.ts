import type { Clock } from "../domain/clock.ts";
import type { Driver } from "../driver/driver.ts";
import type { Tools } from "./act.ts";

/** Takes the time of a step, and how much of it the platform, the scripts and waiting for them had; milliseconds. */
export interface Meter {
  readonly timed: <T>(work: Promise<T>) => Promise<T>;
  readonly read: () => { readonly ms: number; readonly platform_ms: number };
}

export function meter(clock: Clock): Meter {
  const start = clock.elapsed();
  let platform = 0;
  return {
    async timed(work) {
      const from = clock.elapsed();
      try {
        return await work;
      } finally {
        platform += clock.elapsed() - from;
      }
    },
    read: () => ({ ms: round(clock.elapsed() - start), platform_ms: round(platform) }),
  };
}

/** The same tools, with everything that is the platform's time measured. */
export function metered(tools: Tools, { timed }: Meter): Tools {
  const { driver, clock } = tools;
  const measured: Driver = {
    ...driver,
    create: (...args) => timed(driver.create(...args)),
    destroy: (...args) => timed(driver.destroy(...args)),
    configure: (...args) => timed(driver.configure(...args)),
    attach: (...args) => timed(driver.attach(...args)),
    start: (...args) => timed(driver.start(...args)),
    stop: (...args) => timed(driver.stop(...args)),
    snapshot: (...args) => timed(driver.snapshot(...args)),
    restore: (...args) => timed(driver.restore(...args)),
    deleteSnapshot: (...args) => timed(driver.deleteSnapshot(...args)),
    exec: (...args) => timed(driver.exec(...args)),
    runInside: (...args) => timed(driver.runInside(...args)),
    runOnHost: (...args) => timed(driver.runOnHost(...args)),
  };
  return { ...tools, driver: measured, clock: { ...clock, sleep: (ms, signal) => timed(clock.sleep(ms, signal)) } };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
