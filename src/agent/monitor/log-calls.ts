import { isMap } from "node:util/types";
import type { Clock } from "../domain/clock.ts";
import type { Log } from "../domain/log.ts";
import type { CallWatch, DriverCall } from "../driver/watched.ts";

/** Logs every call of a driver: what it is called with at trace, how it ended and how long it took at debug. */
export function logCalls(log: Log, clock: Pick<Clock, "elapsed">): CallWatch {
  return (call) => {
    const began = clock.elapsed();
    const subject = subjectOf(call);
    // Looked at only where it is written.
    log.trace(
      lazily(subject, "args", () => call.args.slice(1).filter((arg) => !isCarried(arg))),
      "driver call begins",
    );
    return (ended) => {
      const ms = Math.round(clock.elapsed() - began);
      if (ended.failure === null)
        log.debug(
          lazily({ ...subject, ms }, "result", () => resultOf(ended.value)),
          "driver call",
        );
      else log.debug({ ...subject, ms, reason: ended.failure.reason, error: ended.failure.message }, "driver call failed");
    };
  };
}

/** Fields with one more that is made when somebody reads it: at most levels nobody does. */
export function lazily(fields: Readonly<Record<string, unknown>>, name: string, make: () => unknown): Readonly<Record<string, unknown>> {
  return Object.defineProperty({ ...fields }, name, { get: make, enumerable: true });
}

function subjectOf({ name, ctid, run }: DriverCall): Readonly<Record<string, unknown>> {
  return { call: name, ...(ctid === null ? {} : { ctid }), ...(run === null ? {} : { run }) };
}

/** What goes with every call, and says nothing about it. */
function isCarried(arg: unknown): boolean {
  if (typeof arg === "function") return true;
  return typeof arg === "object" && arg !== null && (arg instanceof AbortSignal || ("run" in arg && "signal" in arg));
}

/** A few words: an exit code, what was set; of what is large, how much there is. */
function resultOf(value: unknown): unknown {
  if (isMap(value)) return `${value.size} entries`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value ?? "done";
  return "containers" in value && isMap(value.containers) ? `${value.containers.size} containers` : "done";
}
