import type { Ctid } from "../domain/container.ts";
import type { GpuProcess } from "../domain/gpu.ts";
import { subjectOf } from "./subject.ts";
import type { World } from "./world.ts";

/** A GPU that processes of a container are on: which of them, how busy it is as a whole, and how much memory they hold. */
export interface GpuUse {
  readonly index: number;
  readonly utilization_percent: number | null;
  /** MiB; null when it is not known. */
  readonly used_mib: number | null;
  readonly processes: readonly GpuProcess[];
}

/** The GPUs that processes of a container (null: of the host) are on; none as well when nothing is known. */
export function usesOf(ctid: Ctid | null, { gpu: { seen } }: Pick<World, "gpu">): readonly GpuUse[] {
  if (!seen.known) return [];
  return seen.gpus.flatMap(({ index, utilization_percent, processes }) => {
    const own = processes.filter((process) => process.ctid === ctid);
    return own.length === 0 ? [] : [{ index, utilization_percent, used_mib: sumOf(own.map(({ used_mib }) => used_mib)), processes: own }];
  });
}

/** The GPUs that a container may use: those that it runs with, or, where it does not run, those that it will be started with. */
export function gpusOf(ctid: Ctid, world: World): readonly number[] {
  const { config, container } = subjectOf(ctid, world);
  const live = indexes(container?.settings.gpus);
  if (container?.state === "running") return live;
  return config !== null && config.settings.gpus !== undefined ? config.gpus : live;
}

/** "0,1" as numbers. */
export function indexes(text: string | undefined): readonly number[] {
  return (text ?? "").split(",").flatMap((index) => (/^\d+$/.test(index) ? [Number(index)] : []));
}

/** Nothing known is not nothing. */
export function sumOf(amounts: readonly (number | null)[]): number | null {
  return amounts.some((each) => each === null) ? null : amounts.reduce((all, each) => (all ?? 0) + (each ?? 0), 0);
}

/** "13.4 GiB". */
export function gib(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}
