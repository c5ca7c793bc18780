import type { Clock } from "../domain/clock.ts";
import type { Inventory } from "../domain/container.ts";
import type { CallWatch } from "../driver/watched.ts";
import type { Tally } from "./tally.ts";

/** The platform as the agent saw it last. Nobody who asks for metrics has to wait for it. */
export interface LastLook {
  readonly inventory: Inventory;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is known of the calls of a driver. */
export interface CallCount {
  readonly watch: CallWatch;
  /** Calls that have not ended. */
  readonly open: () => number;
  readonly lastLook: () => LastLook | null;
}

export function countCalls(tally: Tally, clock: Pick<Clock, "elapsed" | "now">): CallCount {
  let open = 0;
  let last: LastLook | null = null;
  return {
    watch: ({ name }) => {
      open += 1;
      const began = clock.elapsed();
      return (ended) => {
        open -= 1;
        tally.took("phoenix_driver_call_duration_seconds", { call: name }, clock.elapsed() - began);
        if (ended.failure !== null) tally.add("phoenix_driver_errors_total", { call: name, reason: ended.failure.reason }, 1);
        else if (name === "observe") last = { inventory: ended.value as Inventory, at: clock.now() };
      };
    },
    open: () => open,
    lastLook: () => last,
  };
}
