import type { Ctid } from "../domain/container.ts";
import type { Lease } from "../domain/lease.ts";
import { subjectOf } from "../plan/subject.ts";
import type { World } from "../plan/world.ts";
import type { Owner } from "./processes.ts";
import type { Readings } from "./readings.ts";

/** Who holds a GPU: a running container that may use it, or processes of the host (ctid null). */
export interface GpuHolder {
  readonly ctid: Ctid | null;
  readonly name: string;
  /** MiB; null when it is not known. */
  readonly used_mib: number | null;
  /** When the first of its processes began; null when it has none there, or that is not known. */
  readonly since: number | null;
  readonly lease: Lease | null;
}

/** A GPU with whoever holds it. What nvidia-smi does not say is null. */
export interface GpuView {
  readonly index: number;
  readonly model: string;
  readonly used_mib: number | null;
  readonly total_mib: number | null;
  readonly utilization_percent: number | null;
  readonly holders: readonly GpuHolder[];
}

/** The GPUs of the host: as nvidia-smi sees them, and where it sees nothing, as manifest and configurations name them. */
export function gpuViews(readings: Readings, owners: ReadonlyMap<number, Owner>, world: World): readonly GpuView[] {
  const assigned = runningOn(world);
  if (!readings.known) {
    const unseen = { model: "", used_mib: null, total_mib: null, utilization_percent: null };
    const indexes = [...named(world)].toSorted((a, b) => a - b);
    return indexes.map((index) => ({
      index,
      ...unseen,
      holders: (assigned.get(index) ?? []).map((ctid) => holder(ctid, null, null, world)),
    }));
  }
  return readings.gpus.map(({ uuid, ...gpu }) => {
    const processes = readings.processes.filter((process) => process.gpu === uuid);
    const byOwner = Map.groupBy(processes, ({ pid }) => owners.get(pid)?.ctid ?? null);
    const seen = [...byOwner].map(([ctid, own]) => {
      const begun = own.flatMap(({ pid }) => owners.get(pid)?.since ?? []);
      return holder(ctid, sum(own.map(({ used_mib }) => used_mib)), begun.length === 0 ? null : Math.min(...begun), world);
    });
    const quiet = (assigned.get(gpu.index) ?? []).filter((ctid) => !byOwner.has(ctid)).map((ctid) => holder(ctid, 0, null, world));
    return { ...gpu, holders: [...seen.toSorted((a, b) => (b.used_mib ?? 0) - (a.used_mib ?? 0)), ...quiet] };
  });
}

function holder(ctid: Ctid | null, used_mib: number | null, since: number | null, world: World): GpuHolder {
  const name = ctid === null ? "processes of the host" : subjectOf(ctid, world).name;
  return { ctid, name, used_mib, since, lease: ctid === null ? null : (world.leases.get(ctid) ?? null) };
}

/** The running containers of each GPU, by the configuration that they run with. */
function runningOn({ inventory }: World): ReadonlyMap<number, readonly Ctid[]> {
  const running = [...inventory.containers.values()].filter(({ state }) => state === "running").toSorted((a, b) => a.ctid - b.ctid);
  const pairs = running.flatMap(({ ctid, settings }) => indexes(settings.gpus).map((index) => ({ index, ctid })));
  return new Map([...Map.groupBy(pairs, ({ index }) => index)].map(([index, of]) => [index, of.map(({ ctid }) => ctid)]));
}

/** Every GPU that a container or the manifest names. */
function named({ inventory, manifest }: World): ReadonlySet<number> {
  const live = [...inventory.containers.values()].flatMap(({ settings }) => indexes(settings.gpus));
  return new Set([...live, ...[...manifest.containers.values()].flatMap(({ gpus }) => gpus)]);
}

function indexes(text: string | undefined): readonly number[] {
  return (text ?? "").split(",").flatMap((index) => (/^\d+$/.test(index) ? [Number(index)] : []));
}

/** Nothing known is not nothing. */
function sum(amounts: readonly (number | null)[]): number | null {
  return amounts.some((each) => each === null) ? null : amounts.reduce((all, each) => (all ?? 0) + (each ?? 0), 0);
}
