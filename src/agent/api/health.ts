import { EventEmitter, once } from "node:events";
import type { HealthHandlers } from "../../../proto/services.ts";
import { Fault } from "../domain/errors.ts";
import type { Adapter } from "./adapt.ts";

type Serving = "SERVING" | "NOT_SERVING";

/** What grpc.health.v1 says of each service; "" is the agent as a whole. */
export interface HealthBoard {
  readonly get: (service: string) => Serving | null;
  readonly all: () => ReadonlyMap<string, Serving>;
  readonly set: (serving: Serving) => void;
  /** Resolves at the next change; rejects when the signal is aborted. */
  readonly changed: (signal: AbortSignal) => Promise<unknown>;
}

/** A board on which all of these services and the agent as a whole serve. They only ever change together. */
export function healthBoard(services: readonly string[]): HealthBoard {
  const statuses = new Map<string, Serving>(["", ...services].map((service) => [service, "SERVING"]));
  const changes = new EventEmitter().setMaxListeners(0);
  return {
    get: (service) => statuses.get(service) ?? null,
    all: () => statuses,
    set: (serving) => {
      for (const service of statuses.keys()) statuses.set(service, serving);
      changes.emit("change");
    },
    changed: (signal) => once(changes, "change", { signal }),
  };
}

/** grpc.health.v1.Health. */
export function health(board: HealthBoard, { unary, serverStream }: Adapter): HealthHandlers {
  return {
    Check: unary(({ service }) => {
      const status = board.get(service);
      if (status === null) throw new Fault("NOT_FOUND", `service: expected one that is served, got ${JSON.stringify(service)}`);
      return { status };
    }),

    List: unary(() => ({ statuses: Object.fromEntries([...board.all()].map(([service, status]) => [service, { status }])) })),

    Watch: serverStream(async ({ service }, { send, signal }) => {
      let said: string | null = null;
      for (;;) {
        // Asked for before looking, so that no change falls between the two.
        const change = board.changed(signal);
        change.catch(() => null);
        const status = board.get(service) ?? "SERVICE_UNKNOWN";
        if (status !== said) await send({ status });
        said = status;
        await change.catch(() => signal.throwIfAborted());
      }
    }),
  };
}
