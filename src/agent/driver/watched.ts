import type { Ctid } from "../domain/container.ts";
import { toFailure, type Failure } from "../domain/errors.ts";
import type { Driver } from "./driver.ts";

/** What a driver can be called for. */
export type CallName = Exclude<keyof Driver, "platform" | "capabilities">;

/** A call as it is made. */
export interface DriverCall {
  readonly name: CallName;
  /** null: it is about the whole host. */
  readonly ctid: Ctid | null;
  /** null: it is part of no run. */
  readonly run: string | null;
  readonly args: readonly unknown[];
}

/** How a call has ended. */
export type Ended = { readonly failure: null; readonly value: unknown } | { readonly failure: Failure };

/** Is told of each call when it begins; what it gives is told how it has ended. Neither may throw. */
export type CallWatch = (call: DriverCall) => (ended: Ended) => void;

const names: Readonly<Record<CallName, true>> = {
  observe: true,
  create: true,
  destroy: true,
  configure: true,
  attach: true,
  start: true,
  stop: true,
  snapshot: true,
  restore: true,
  deleteSnapshot: true,
  sizes: true,
  diff: true,
  exec: true,
  runInside: true,
  runOnHost: true,
  endLeftovers: true,
};

/** The same driver, whose calls are told to these. */
export function watchedDriver(driver: Driver, watches: readonly CallWatch[]): Driver {
  const told = async (call: DriverCall, work: () => Promise<unknown>): Promise<unknown> => {
    const ends = watches.map((watch) => watch(call));
    const tell = (ended: Ended) => {
      for (const end of ends) end(ended);
    };
    try {
      const value = await work();
      tell({ failure: null, value });
      return value;
    } catch (thrown) {
      tell({ failure: toFailure(thrown) });
      throw thrown;
    }
  };
  const calls = (Object.keys(names) as CallName[]).map((name) => {
    const work = driver[name].bind(driver) as (...args: readonly unknown[]) => Promise<unknown>;
    return [name, (...args: readonly unknown[]) => told({ name, args, ...subjectOf(args) }, () => work(...args))] as const;
  });
  return { ...driver, ...(Object.fromEntries(calls) as unknown as Pick<Driver, CallName>) };
}

/** The container comes first; the run is that of the Call among the arguments, or, where there is none, named itself (endLeftovers). */
function subjectOf([ctid, ...rest]: readonly unknown[]): Pick<DriverCall, "ctid" | "run"> {
  const last = rest.at(-1);
  const run = typeof last === "object" && last !== null && "run" in last ? last.run : null;
  return { ctid: typeof ctid === "number" ? ctid : null, run: typeof run === "string" ? run : null };
}
