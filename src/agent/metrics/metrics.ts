import type { Clock } from "../domain/clock.ts";
import type { GpuState } from "../domain/gpu.ts";
import type { Journal } from "../domain/journal.ts";
import type { CallWatch } from "../driver/watched.ts";
import { vitalNames, type Vitals } from "../monitor/vitals.ts";
import type { NoticeStanding } from "../notify/notifier.ts";
import { countCalls } from "./calls.ts";
import type { Samples } from "./families.ts";
import { countRuns, longestWait } from "./runs.ts";
import { containerSamples, gpuSamples, noticeSamples, one, runSamples } from "./scrape.ts";
import { createTally } from "./tally.ts";

/** What is counted from the agent's first moment on, so that a scrape has it. */
export interface Metrics {
  readonly calls: CallWatch;
  /** The same journal; what is written into it is counted. */
  readonly counted: (journal: Journal) => Journal;
  /** The same stream; how late it is, is counted. What had happened before somebody began to watch is late for no fault of ours. */
  readonly watched: <T extends { readonly at: number }>(stream: AsyncIterable<T>) => AsyncIterable<T>;
  /** Everything that is known now. Waits for nothing and nobody. */
  readonly samples: (seen: Seen) => Samples;
}

/** What others know. */
export interface Seen {
  readonly vitals: Pick<Vitals, "latest">;
  readonly gpus: GpuState;
  readonly notices: NoticeStanding;
}

/** What the agent is. */
export interface Build {
  readonly version: string;
  readonly node: string;
  readonly driver: string;
}

export function createMetrics(build: Build, clock: Pick<Clock, "now" | "elapsed">): Metrics {
  const tally = createTally();
  const calls = countCalls(tally, clock);
  const runs = countRuns(tally);
  return {
    calls: calls.watch,
    counted: runs.counted,

    async *watched(stream) {
      const since = clock.now();
      for await (const each of stream) {
        if (each.at >= since) tally.took("phoenix_event_lag_seconds", {}, clock.now() - each.at);
        yield each;
      }
    },

    samples({ vitals, gpus, notices }) {
      const now = clock.now();
      return {
        phoenix_build_info: [{ labels: { ...build }, value: 1 }],
        ...processSamples(now),
        phoenix_healthy: vitalNames.map((part) => ({ labels: { part }, value: vitals.latest(part) === null ? 1 : 0 })),
        phoenix_runs_total: tally.sums("phoenix_runs_total"),
        phoenix_runs_unfinished: runSamples(runs.live()),
        phoenix_queue_oldest_seconds: one(longestWait(runs.live(), clock) / 1000),
        phoenix_step_duration_seconds: tally.spreads("phoenix_step_duration_seconds"),
        phoenix_driver_call_duration_seconds: tally.spreads("phoenix_driver_call_duration_seconds"),
        phoenix_driver_errors_total: tally.sums("phoenix_driver_errors_total"),
        phoenix_driver_calls_open: one(calls.open()),
        phoenix_event_lag_seconds: tally.spreads("phoenix_event_lag_seconds"),
        ...noticeSamples(notices, now),
        ...containerSamples(calls.lastLook(), now),
        ...gpuSamples(gpus),
      };
    },
  };
}

function processSamples(now: number) {
  const { user, system } = process.cpuUsage();
  return {
    process_start_time_seconds: one(now / 1000 - process.uptime()),
    process_cpu_seconds_total: one((user + system) / 1e6),
    process_resident_memory_bytes: one(process.memoryUsage.rss()),
    phoenix_busy_seconds_total: one(performance.eventLoopUtilization().active / 1000),
  };
}
