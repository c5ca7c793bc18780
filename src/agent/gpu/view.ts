import type { Ctid } from "../domain/container.ts";
import type { Gpu } from "../domain/gpu.ts";
import type { Lease } from "../domain/lease.ts";
import { gpusOf, indexes, usesOf } from "../plan/gpu-use.ts";
import { subjectOf } from "../plan/subject.ts";
import type { World } from "../plan/world.ts";

/** What will take a GPU from its holder by itself. Times are milliseconds since 1970. */
export type Until =
  | { readonly by: "lease"; readonly at: number } // not before
  | { readonly by: "idle"; readonly at: number } // if it stays idle
  | { readonly by: "schedule"; readonly at: number; readonly schedule: string };

/** Who holds a GPU: a running container that may use it, or processes of the host (ctid null). */
export interface GpuHolder {
  readonly ctid: Ctid | null;
  readonly name: string;
  /** MiB; null when it is not known. */
  readonly used_mib: number | null;
  /** When the first of its processes began; null when it has none there, or that is not known. */
  readonly since: number | null;
  readonly lease: Lease | null;
  /** For how long it has been seen to be idle, milliseconds; null: it is in use, or nobody knows. */
  readonly idle_ms: number | null;
  /** null: nothing will. */
  readonly until: Until | null;
}

/** A GPU with whoever holds it. What nvidia-smi does not say is null. */
export interface GpuView extends Omit<Gpu, "processes"> {
  readonly holders: readonly GpuHolder[];
}

/** What stops containers by itself. */
export interface Stops {
  /** Who has been idle for so long is stopped; null: nobody is for that. */
  readonly idle_ms: number | null;
  /** The next scheduled stop of a container; null: none. */
  readonly scheduled: (ctid: Ctid) => { readonly schedule: string; readonly at: number } | null;
}

/** The GPUs of the host: as nvidia-smi sees them, and where it sees nothing, as manifest and configurations name them. */
export function gpuViews(world: World, stops: Stops, now: number): readonly GpuView[] {
  const { seen } = world.gpu;
  const holder = (ctid: Ctid | null, used_mib: number | null, since: number | null): GpuHolder => {
    if (ctid === null) return { ctid, name: "processes of the host", used_mib, since, lease: null, idle_ms: null, until: null };
    const lease = world.leases.get(ctid) ?? null;
    const until = untilOf(ctid, lease, world, stops, now);
    return { ctid, name: subjectOf(ctid, world).name, used_mib, since, lease, idle_ms: world.gpu.idle.get(ctid) ?? null, until };
  };
  const assigned = (index: number) =>
    [...world.inventory.containers.values()]
      .filter(({ ctid, state }) => state === "running" && gpusOf(ctid, world).includes(index))
      .map(({ ctid }) => ctid)
      .toSorted((a, b) => a - b);
  if (!seen.known) {
    const unseen = { model: "", used_mib: null, total_mib: null, utilization_percent: null };
    return [...named(world)]
      .toSorted((a, b) => a - b)
      .map((index) => ({ index, ...unseen, holders: assigned(index).map((ctid) => holder(ctid, null, null)) }));
  }
  return seen.gpus.map(({ processes, ...gpu }) => {
    const owners = [...new Set(processes.map(({ ctid }) => ctid))];
    const active = owners.map((ctid) => {
      const use = usesOf(ctid, world).find(({ index }) => index === gpu.index);
      const begun = (use?.processes ?? []).flatMap(({ since }) => since ?? []);
      return holder(ctid, use?.used_mib ?? null, begun.length === 0 ? null : Math.min(...begun));
    });
    const quiet = assigned(gpu.index).filter((ctid) => !owners.includes(ctid));
    const largest = active.toSorted((a, b) => (b.used_mib ?? 0) - (a.used_mib ?? 0));
    return { ...gpu, holders: [...largest, ...quiet.map((ctid) => holder(ctid, 0, null))] };
  });
}

/** What comes first. A lease keeps everything else away until it ends. */
function untilOf(ctid: Ctid, lease: Lease | null, world: World, stops: Stops, now: number): Until | null {
  if (lease !== null) return { by: "lease", at: lease.until };
  const idle_ms = world.gpu.idle.get(ctid);
  const keeps = world.manifest.containers.get(ctid)?.power === "on";
  const idle = stops.idle_ms === null || idle_ms === undefined || keeps ? null : now + Math.max(0, stops.idle_ms - idle_ms);
  const scheduled = stops.scheduled(ctid);
  if (idle !== null && (scheduled === null || idle < scheduled.at)) return { by: "idle", at: idle };
  return scheduled === null ? null : { by: "schedule", ...scheduled };
}

/** Every GPU that a container or the manifest names. */
function named({ inventory, manifest }: World): ReadonlySet<number> {
  const live = [...inventory.containers.values()].flatMap(({ settings }) => indexes(settings.gpus));
  return new Set([...live, ...[...manifest.containers.values()].flatMap(({ gpus }) => gpus)]);
}
