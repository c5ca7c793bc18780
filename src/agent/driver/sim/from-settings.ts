import type { Clock } from "../../domain/clock.ts";
import { withDefaults } from "./options.ts";
import { simDriver, type SimDriver } from "./sim.ts";
import { fileStorage } from "./storage.ts";

/** The part `sim` of the agent's settings. */
export interface SimSettings {
  /** A JSON file in which the platform outlives the agent; null keeps it in memory. */
  readonly state: string | null;
  /** A JSON file with fault rules, read at every call; null for none. */
  readonly faults: string | null;
  /** A file to which calls are appended; null for none. */
  readonly log: string | null;
  readonly latency_ms: number;
  readonly pools: Readonly<Record<string, "any" | "newest" | "none">>;
  readonly atomic_replace: boolean;
  readonly unknown_commands: "fail" | "succeed";
}

/** The simulated platform that the settings describe. */
export function simFromSettings(settings: SimSettings, clock: Clock): SimDriver {
  const { state, faults, log, latency_ms, pools, atomic_replace, unknown_commands } = settings;
  const defaults = withDefaults({});
  return simDriver({
    clock,
    ...(state === null ? {} : { storage: fileStorage(state) }),
    faults: faults ?? [],
    log,
    latency_ms: { default: latency_ms },
    pools,
    capabilities: { ...defaults.capabilities, atomic_replace },
    unknown_commands,
  });
}
