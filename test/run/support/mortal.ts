// A life of the agent that can be ended dead at any boundary: from then on nothing that it does reaches anything, and nothing
// that it waits for ever comes, as if its process had been killed.
import type { BootBook } from "../../../src/agent/domain/boot.ts";
import type { Clock } from "../../../src/agent/domain/clock.ts";
import { Fault } from "../../../src/agent/domain/errors.ts";
import type { Journal } from "../../../src/agent/domain/journal.ts";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import type { Wrapping } from "./bench.ts";

/** Where a life ends: right before or after its nth write of journal or book, counted from 1. */
export interface End {
  readonly write: number;
  readonly when: "before" | "after";
}

export interface Mortal {
  readonly wrapping: Wrapping;
  readonly die: () => void;
  readonly died: Promise<"died">;
  readonly writes: () => number;
}

const never = new Promise<never>(() => {});

/** A life that ends at a write of its journal, or when it is told to. */
export function mortal(end: End | null = null): Mortal {
  const death = Promise.withResolvers<"died">();
  let dead = false;
  let writes = 0;

  const die = () => {
    dead = true;
    death.resolve("died");
  };
  const gone = () => new Fault("STORE", "the agent was killed");
  const writing =
    <A extends readonly unknown[], R>(write: (...args: A) => R) =>
    (...args: A): R => {
      if (dead) throw gone();
      writes += 1;
      const here = end !== null && end.write === writes;
      if (here && end.when === "before") {
        die();
        throw gone();
      }
      const written = write(...args);
      if (!here) return written;
      die();
      throw gone();
    };
  const reading =
    <A extends readonly unknown[], R>(read: (...args: A) => R) =>
    (...args: A): R => {
      if (dead) throw gone();
      return read(...args);
    };
  const living =
    <A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (dead) return never;
      try {
        const result = await act(...args);
        return dead ? await never : result;
      } catch (error) {
        if (dead) return never;
        throw error;
      }
    };

  const journal = (real: Journal): Journal => ({
    create: writing(real.create),
    append: writing(real.append),
    appendOutput: writing(real.appendOutput),
    findRequest: reading(real.findRequest),
    run: reading(real.run),
    findRuns: reading(real.findRuns),
    runs: reading(real.runs),
    unfinished: reading(real.unfinished),
    events: reading(real.events),
    story: reading(real.story),
    durations: reading(real.durations),
    stepDurations: reading(real.stepDurations),
    ledgers: reading(real.ledgers),
    blob: reading(real.blob),
  });
  const book = (real: BootBook): BootBook => ({
    ownership: reading(real.ownership),
    choose: writing(real.choose),
    newest: reading(real.newest),
    keep: writing(real.keep),
  });
  const driver = (real: Driver): Driver => ({
    platform: real.platform,
    capabilities: real.capabilities,
    observe: living(real.observe),
    create: living(real.create),
    destroy: living(real.destroy),
    configure: living(real.configure),
    attach: living(real.attach),
    start: living(real.start),
    stop: living(real.stop),
    snapshot: living(real.snapshot),
    restore: living(real.restore),
    deleteSnapshot: living(real.deleteSnapshot),
    sizes: living(real.sizes),
    diff: living(real.diff),
    exec: living(real.exec),
    runInside: living(real.runInside),
    runOnHost: living(real.runOnHost),
    endLeftovers: living(real.endLeftovers),
  });
  const clock = (real: Clock): Clock => ({ now: real.now, elapsed: real.elapsed, sleep: living(real.sleep) });

  return { wrapping: { journal, book, driver, clock }, die, died: death.promise, writes: () => writes };
}
