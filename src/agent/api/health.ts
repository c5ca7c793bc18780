import { EventEmitter, once } from "node:events";
import type { HealthHandlers } from "../../../proto/services.ts";
import { Fault } from "../domain/errors.ts";
import { vitalNames, type Vital, type Vitals } from "../monitor/vitals.ts";
import type { Adapter } from "./adapt.ts";

type Serving = "SERVING" | "NOT_SERVING";

/**
 * What grpc.health.v1 says of each service. "driver", "database" and "scheduler" serve while they are well; "", the agent as a
 * whole, while all three do. The services of the contract serve until the agent is about to end: each answers for itself then.
 */
export interface HealthBoard {
  readonly get: (service: string) => Serving | null;
  readonly all: () => ReadonlyMap<string, Serving>;
  /** Looks at what this service stands for. */
  readonly look: (service: string) => Promise<void>;
  /** Nothing serves any more. */
  readonly drain: () => void;
  /** Resolves at the next change; rejects when the signal is aborted. */
  readonly changed: (signal: AbortSignal) => Promise<unknown>;
}

/** A board for these services of the contract. */
export function healthBoard(services: readonly string[], vitals: Pick<Vitals, "latest" | "look" | "onChange">): HealthBoard {
  const known = ["", ...vitalNames, ...services];
  const changes = new EventEmitter().setMaxListeners(0);
  let draining = false;
  vitals.onChange(() => changes.emit("change"));
  const status = (service: string): Serving =>
    !draining && behind(service).every((vital) => vitals.latest(vital) === null) ? "SERVING" : "NOT_SERVING";
  return {
    get: (service) => (known.includes(service) ? status(service) : null),
    all: () => new Map(known.map((service) => [service, status(service)])),
    look: async (service) => void (await Promise.all(behind(service).map(vitals.look))),
    drain: () => {
      draining = true;
      changes.emit("change");
    },
    changed: (signal) => once(changes, "change", { signal }),
  };
}

/** What has to be well for a service to serve. */
function behind(service: string): readonly Vital[] {
  return service === "" ? vitalNames : vitalNames.filter((vital) => vital === service);
}

/** grpc.health.v1.Health. */
export function health(board: HealthBoard, { unary, serverStream }: Adapter): HealthHandlers {
  return {
    Check: unary(async ({ service }) => {
      await board.look(service);
      const status = board.get(service);
      if (status === null) throw new Fault("NOT_FOUND", `service: expected one that is served, got ${JSON.stringify(service)}`);
      return { status };
    }),

    List: unary(async () => {
      await board.look("");
      return { statuses: Object.fromEntries([...board.all()].map(([service, status]) => [service, { status }])) };
    }),

    Watch: serverStream(async ({ service }, { send, signal }) => {
      let said: string | null = null;
      await board.look(service);
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
