import type { Clock } from "../domain/clock.ts";
import type { Journal } from "../domain/journal.ts";
import type { Log } from "../domain/log.ts";
import type { CallWatch } from "../driver/watched.ts";
import type { Build, Seen } from "./metrics.ts";

/** Metrics as the agent is wired with them. Where they are off, everything is handed through. */
export interface MetricsPort {
  readonly counted: (journal: Journal) => Journal;
  readonly calls: readonly CallWatch[];
  readonly watched: <T extends { readonly at: number }>(stream: AsyncIterable<T>) => AsyncIterable<T>;
  /** Serves them from now on, and gives the address; null where they are off. Throws Fault INVALID when the port can't be had. */
  readonly serve: (seen: () => Seen) => Promise<string | null>;
  readonly close: () => void;
}

/** Counts, and serves on `listen`; null: neither, and nothing of it is loaded. */
export async function openMetrics(listen: string | null, build: Build, clock: Clock, log: Log): Promise<MetricsPort> {
  if (listen === null)
    return { counted: (journal) => journal, calls: [], watched: (stream) => stream, serve: () => Promise.resolve(null), close: () => {} };
  const [{ createMetrics }, { serveMetrics }, { toText }] = await Promise.all([
    import("./metrics.ts"),
    import("./server.ts"),
    import("./text.ts"),
  ]);
  const metrics = createMetrics(build, clock);
  let close = () => {};
  return {
    counted: metrics.counted,
    calls: [metrics.calls],
    watched: metrics.watched,
    serve: async (seen) => {
      const server = await serveMetrics(listen, () => toText(metrics.samples(seen())), log);
      ({ close } = server);
      return server.address;
    },
    close: () => close(),
  };
}
