import type { Clock } from "../../domain/clock.ts";
import { realClock } from "../../domain/clock.ts";
import type { Autostart } from "../../domain/container.ts";
import type { Capabilities } from "../driver.ts";
import type { CallName } from "./calls.ts";
import type { FaultRule } from "./faults.ts";
import { memoryStorage, type Storage } from "./storage.ts";

/** What a simulated platform is like; everything has a default. */
export interface SimOptions {
  readonly clock: Clock;
  readonly storage: Storage;
  /** Rules, or the path of a JSON file with rules, which is read at every call. */
  readonly faults: readonly FaultRule[] | string;
  /** A file to which every call that changes something is appended, one JSON object a line; null for none. */
  readonly log: string | null;
  /** How long calls take, on the clock. */
  readonly latency_ms: Readonly<Partial<Record<CallName | "default", number>>>;
  /** What snapshots can do in a pool; "any" in one that is not named. */
  readonly pools: Readonly<Record<string, "any" | "newest" | "none">>;
  readonly capabilities: Capabilities;
  /** What becomes of a command that the simulation does not know: exit code 127, or 0. */
  readonly unknown_commands: "fail" | "succeed";
  /** What starts containers at boot besides the agent; their settings onboot and startup say which, and nothing more comes of it. */
  readonly autostart: Autostart;
  /** The GPU indexes of the host; null for whatever a container asks for. */
  readonly gpus: readonly number[] | null;
  /** Bytes free by pool; a pool that is not named is as large as one wants. */
  readonly free_bytes: Readonly<Record<string, number>>;
  /** What "crash" does. After it the call neither returns nor changes anything more. */
  readonly crash: () => void;
}

/** The options, with defaults for what is not given. */
export function withDefaults(given: Partial<SimOptions>): SimOptions {
  return {
    clock: realClock,
    storage: memoryStorage(),
    faults: [],
    log: null,
    latency_ms: {},
    pools: {},
    capabilities: {
      atomic_replace: true,
      live_settings: ["hostname", "memory_mb", "swap_mb", "cores", "disk_gb", "nameserver", "onboot", "startup"],
      live_attach: false,
    },
    unknown_commands: "fail",
    autostart: { by: "nothing" },
    gpus: null,
    free_bytes: {},
    crash: () => process.kill(process.pid, "SIGKILL"),
    ...given,
  };
}
