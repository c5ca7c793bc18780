import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import type { CallName, CallRecord } from "./calls.ts";
import { rulesOf, struckBy, type FaultRule } from "./faults.ts";
import { tidy, type Model } from "./model.ts";
import type { SimOptions } from "./options.ts";

/** What every part of the simulated driver is given. */
export interface Sim {
  readonly options: SimOptions;
  readonly log: { readonly add: (record: CallRecord) => void };
  /** Aborted when a container's processes are killed; made when first asked for. */
  readonly alive: (ctid: Ctid) => AbortSignal;
  /** Kills the processes that calls of this driver wait for in a container. */
  readonly killed: (ctid: Ctid) => void;
}

/** A call's work: `during` is awaited where it is half done. */
export type Work<T> = (during: () => Promise<void>) => Promise<T>;

type When = NonNullable<FaultRule["when"]>;

/** The Fault for an aborted signal: its reason, if that is one, or CANCELLED. */
export function abortFault(signal: AbortSignal): Fault {
  return signal.reason instanceof Fault ? signal.reason : new Fault("CANCELLED", "cancelled");
}

/**
 * Makes a call: records it, lets it suffer the faults that are meant for it, and take its time. What it leaves half done when
 * it fails is taken away again, but not when it crashes.
 */
export async function perform<T>(
  sim: Sim,
  made: { readonly call: CallName; readonly ctid: Ctid; readonly what: unknown },
  call: Pick<Call, "run" | "signal">,
  work: Work<T>,
  ended?: (code: number) => T,
): Promise<T> {
  const { options } = sim;
  sim.log.add({ at: options.clock.now(), call: made.call, ctid: made.ctid, run: call.run, what: made.what });
  const rule = struckBy(rulesOf(options.faults), made, options.storage);
  if (rule?.do === "exit" && ended !== undefined) return ended(rule.code ?? 1);
  try {
    await strike(rule, "before", sim, call.signal);
    call.signal.throwIfAborted();
    const result = await work(async () => {
      await strike(rule, "during", sim, call.signal);
      const ms = options.latency_ms[made.call] ?? options.latency_ms.default ?? 0;
      if (ms > 0) await options.clock.sleep(ms, call.signal);
    });
    await strike(rule, "after", sim, call.signal);
    return result;
  } catch (error) {
    if (holdsHalf(options.storage.read(), made.ctid, call.run)) options.storage.change((model) => tidy(model, made.ctid, call.run));
    throw call.signal.aborted && error === call.signal.reason ? abortFault(call.signal) : error;
  }
}

/** Changes the platform in parts, each of which is kept by itself; the call is half done after the first of several. */
export async function inParts(sim: Sim, during: () => Promise<void>, parts: readonly ((model: Model) => void)[]): Promise<void> {
  const early = parts.length > 1 ? 1 : 0;
  for (const part of parts.slice(0, early)) sim.options.storage.change(part);
  await during();
  for (const part of parts.slice(early)) sim.options.storage.change(part);
}

/** Does to a call what its rule says, if that is due now. */
export async function strike(rule: FaultRule | null, now: When, sim: Sim, signal: AbortSignal): Promise<void> {
  if (rule === null || (rule.when ?? "before") !== now) return;
  if (rule.do === "fail") {
    throw new Fault(
      rule.reason ?? "BACKEND_FAILED",
      rule.message ?? "the simulation was told to fail",
      "",
      rule.transient === true ? "transient" : "final",
    );
  }
  if (rule.do === "crash") {
    sim.options.crash();
    await new Promise<never>(() => {});
  }
  if (rule.do === "hang") await aborted(signal);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function holdsHalf(model: Model, ctid: Ctid, run: string): boolean {
  const container = model.containers[ctid];
  return container !== undefined && (container.half !== null || container.lock_run === run);
}
