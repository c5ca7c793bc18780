// What is looked up when somebody asks, from what the agent has in its memory anyway. Pure.
import type { ContainerState, Snapshot } from "../domain/container.ts";
import type { Gpus, GpuState } from "../domain/gpu.ts";
import type { NoticeStanding } from "../notify/notifier.ts";
import type { LastLook } from "./calls.ts";
import type { Sample } from "./families.ts";
import type { LiveRun } from "./runs.ts";

const mib = 2 ** 20;
const day = 24 * 60 * 60 * 1000;

/** A metric without labels. */
export function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** How many there are of each of these; of those that there are none, too. */
function countsOf<S extends string>(label: string, all: readonly S[], found: readonly S[]): readonly Sample[] {
  return all.map((each) => ({ labels: { [label]: each }, value: found.filter((other) => other === each).length }));
}

export function runSamples(live: Iterable<LiveRun>): readonly Sample[] {
  return countsOf(
    "state",
    ["queued", "running", "undoing"],
    [...live].map(({ state }) => state.phase),
  );
}

/** Notifications: what has become of them, and what is still to come. */
export function noticeSamples({ waiting, since, ...results }: NoticeStanding, now: number) {
  return {
    phoenix_notifications_total: Object.entries(results).map(([result, value]) => ({ labels: { result }, value })),
    phoenix_notifications_waiting: one(waiting),
    phoenix_notifications_oldest_seconds: one(since === null ? 0 : Math.max(0, now - since) / 1000),
  };
}

const containerStates: readonly ContainerState[] = ["stopped", "starting", "running", "stopping", "frozen"];
const ages = [
  ["1d", day],
  ["7d", 7 * day],
  ["30d", 30 * day],
  ["older", Infinity],
] as const;
/** What letsgo goes back to, and what it leaves behind. Others have names without end. */
const kept = ["pre-configured", "final-form"];

/** Containers and snapshots; nothing at all while nobody has seen the platform. */
export function containerSamples(look: LastLook | null, now: number) {
  const containers = look === null ? [] : [...look.inventory.containers.values()];
  return {
    phoenix_inventory_age_seconds: look === null ? [] : one((now - look.at) / 1000),
    phoenix_containers:
      look === null
        ? []
        : countsOf(
            "state",
            containerStates,
            containers.map(({ state }) => state),
          ),
    phoenix_container_running: containers.map(({ ctid, name, state }) => ({
      labels: { ctid: String(ctid), name },
      value: state === "running" ? 1 : 0,
    })),
    phoenix_snapshots: containers.flatMap(({ ctid, snapshots }) =>
      ages.map(([age]) => ({
        labels: { ctid: String(ctid), age },
        value: snapshots.filter((snapshot) => ageOf(snapshot, now) === age).length,
      })),
    ),
    phoenix_snapshot_taken_seconds: containers.flatMap(({ ctid, snapshots }) =>
      snapshots.flatMap(({ name, created }) =>
        created !== null && kept.includes(name) ? [{ labels: { ctid: String(ctid), snapshot: name }, value: created / 1000 }] : [],
      ),
    ),
  };
}

/** null: the platform does not say when it was taken. */
function ageOf({ created }: Snapshot, now: number): string | null {
  if (created === null) return null;
  return ages.find(([, below]) => now - created < below)?.[0] ?? null;
}

/** The GPUs as the watch saw them last. What nvidia-smi does not say is left out. */
export function gpuSamples({ seen, idle }: GpuState) {
  const gpus = seen.known ? seen.gpus : [];
  const known = (of: (gpu: (typeof gpus)[number]) => number | null): readonly Sample[] =>
    gpus.flatMap((gpu) => {
      const value = of(gpu);
      return value === null ? [] : [{ labels: { gpu: String(gpu.index) }, value }];
    });
  return {
    phoenix_gpu_visible: one(seen.known ? 1 : 0),
    phoenix_gpu_memory_bytes: gpus.flatMap(({ index, model, total_mib }) =>
      total_mib === null ? [] : [{ labels: { gpu: String(index), model }, value: total_mib * mib }],
    ),
    phoenix_gpu_memory_used_bytes: known(({ used_mib }) => (used_mib === null ? null : used_mib * mib)),
    phoenix_gpu_utilization_ratio: known(({ utilization_percent: percent }) => (percent === null ? null : percent / 100)),
    phoenix_gpu_container_memory_bytes: seen.known ? heldSamples(seen) : [],
    phoenix_gpu_idle_seconds: [...idle].map(([ctid, ms]) => ({ labels: { ctid: String(ctid) }, value: ms / 1000 })),
  };
}

/** What each container holds of each GPU, of whose processes nvidia-smi says all. */
function heldSamples({ gpus }: Extract<Gpus, { known: true }>): readonly Sample[] {
  return gpus.flatMap(({ index, processes }) =>
    [...Map.groupBy(processes, ({ ctid }) => ctid)].flatMap(([ctid, own]) => {
      if (own.some(({ used_mib }) => used_mib === null)) return [];
      const used = own.reduce((sum, { used_mib }) => sum + (used_mib ?? 0), 0);
      return [{ labels: { gpu: String(index), ctid: ctid === null ? "host" : String(ctid) }, value: used * mib }];
    }),
  );
}
