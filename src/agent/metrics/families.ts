/** A metric as Prometheus knows it. */
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** One line. */
  readonly help: string;
  /** Of a histogram: the upper bounds of its buckets, in seconds, but the last one, which has none. */
  readonly buckets?: readonly number[];
}

const quick = [0.01, 0.05, 0.1, 0.5, 1, 5, 30];
const patient = [0.1, 0.5, 1, 5, 15, 60, 300, 1800];

/** Every metric, in the order in which they are told. docs/metrics.md explains each; a test holds both against a real scrape. */
export const families = {
  phoenix_build_info: gauge("Always 1; what runs is in the labels", "version", "node", "driver"),
  process_start_time_seconds: gauge("When the agent began, in seconds since 1970"),
  process_cpu_seconds_total: counter("Processor time that the agent itself has used"),
  process_resident_memory_bytes: gauge("Memory that the agent itself has"),
  phoenix_busy_seconds_total: counter("Time in which the agent could attend to nothing else: the busy part of its event loop"),
  phoenix_healthy: gauge("1 when it is well, 0 when it is not: the driver, the database, the scheduler", "part"),
  phoenix_runs_total: counter("Runs that have ended since the agent began", "kind", "result"),
  phoenix_runs_unfinished: gauge("Runs that have not ended: queued, running, or undoing", "state"),
  phoenix_queue_oldest_seconds: gauge("For how long the run that has waited longest has been queued; 0 when none is"),
  phoenix_step_duration_seconds: histogram(
    "How long steps took, by what they do and how that ended: ok, failed or retried",
    patient,
    "step",
    "result",
  ),
  phoenix_driver_call_duration_seconds: histogram("How long calls of the driver took that have ended, well or not", patient, "call"),
  phoenix_driver_errors_total: counter("Calls of the driver that failed, by the reason", "call", "reason"),
  phoenix_driver_calls_open: gauge("Calls of the driver that have not ended"),
  phoenix_event_lag_seconds: histogram("From when something was journaled until a watcher was handed it", quick),
  phoenix_notifications_total: counter("Attempts to deliver notifications, by what came of them: delivered, failed or given_up", "result"),
  phoenix_notifications_waiting: gauge("Notifications that have not arrived"),
  phoenix_notifications_oldest_seconds: gauge("How long ago what the oldest of them tells has happened; 0 when there is none"),
  phoenix_inventory_age_seconds: gauge("How old what is said here of containers and snapshots is: the agent's last look at its platform"),
  phoenix_containers: gauge("Containers on the host", "state"),
  phoenix_container_running: gauge("1 when it runs, 0 when it does not", "ctid", "name"),
  phoenix_snapshots: gauge("Snapshots of a container that are younger than 1d, 7d, 30d, or older; each is counted once", "ctid", "age"),
  phoenix_snapshot_taken_seconds: gauge("When pre-configured and final-form were taken, in seconds since 1970", "ctid", "snapshot"),
  phoenix_gpu_visible: gauge("1 when nvidia-smi has answered as it should, 0 when it has not, or there is none"),
  phoenix_gpu_memory_bytes: gauge("Memory that a GPU has", "gpu", "model"),
  phoenix_gpu_memory_used_bytes: gauge("Memory of it that is in use", "gpu"),
  phoenix_gpu_utilization_ratio: gauge("How busy it is, from 0 to 1", "gpu"),
  phoenix_gpu_container_memory_bytes: gauge(
    "Memory of it that a container holds; of the host's own processes, ctid is host",
    "gpu",
    "ctid",
  ),
  phoenix_gpu_idle_seconds: gauge("For how long a container with a GPU has been seen to be idle", "ctid"),
} as const satisfies Readonly<Record<`${"phoenix" | "process"}_${string}`, Family>>;

export type Name = keyof typeof families;
export type LabelsOf<N extends Name> = Readonly<Record<(typeof families)[N]["labels"][number], string>>;

/** A value of a metric, by the labels that it has. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Durations of a histogram: how many there were in each bucket, the unbounded one last, and all of them together in seconds. */
export interface Spread {
  readonly labels: Readonly<Record<string, string>>;
  readonly counts: readonly number[];
  readonly sum: number;
}

type NamesOf<T extends Family["type"]> = { [N in Name]: (typeof families)[N]["type"] extends T ? N : never }[Name];
export type Histogram = NamesOf<"histogram">;

/** What is known of every metric at one moment. A metric without samples has nothing to say at the moment. */
export type Samples = { readonly [N in Name]: readonly (N extends Histogram ? Spread : Sample)[] };

function gauge<const L extends string>(help: string, ...labels: readonly L[]) {
  return { type: "gauge", help, labels } as const;
}

function counter<const L extends string>(help: string, ...labels: readonly L[]) {
  return { type: "counter", help, labels } as const;
}

function histogram<const L extends string>(help: string, buckets: readonly number[], ...labels: readonly L[]) {
  return { type: "histogram", help, labels, buckets } as const;
}
