import type { Ctid } from "../domain/container.ts";
import type { Gpu, GpuProcess } from "../domain/gpu.ts";
import type { HeldMemory, Step } from "../domain/step.ts";
import { gib, sumOf, usesOf } from "./gpu-use.ts";
import { memoryBack } from "./steps.ts";
import { hasGpuAccess, type Subject } from "./subject.ts";

/** Memory of a GPU that has not come back. */
export interface Lost {
  readonly index: number;
  /** The processes that hold it; none when nobody is seen to. */
  readonly processes: readonly GpuProcess[];
  /** MiB; null when it is not known. */
  readonly mib: number | null;
}

/** Memory below this many MiB comes and goes with the driver itself. */
const small = 256;

/** Sees that a container's GPU memory is free again once it was stopped. No step where nothing is known of GPUs. */
export function memoryBackSteps(subject: Subject): readonly Step[] {
  const { ctid, world } = subject;
  const { seen, memory_back_s } = world.gpu;
  if (!seen.known || seen.gpus.length === 0 || !hasGpuAccess(subject)) return [];
  const held = usesOf(ctid, world).map(({ index, used_mib, processes }) => {
    const gpu = seen.gpus.find((each) => each.index === index);
    return { index, used_mib, pids: processes.map(({ pid }) => pid), unlisted_mib: gpu === undefined ? null : unlisted(gpu) };
  });
  return [memoryBack(held, memory_back_s)];
}

/** What a container that was stopped still holds of GPUs: by its processes, or, where nobody is listed for it, as memory that is gone. */
export function stillHeld(ctid: Ctid, held: readonly HeldMemory[], gpus: readonly Gpu[]): readonly Lost[] {
  return gpus.flatMap((gpu): readonly Lost[] => {
    const before = held.find(({ index }) => index === gpu.index);
    const processes = gpu.processes.filter((process) => process.ctid === ctid || before?.pids.includes(process.pid) === true);
    if (processes.length > 0) return [{ index: gpu.index, processes, mib: sumOf(processes.map(({ used_mib }) => used_mib)) }];
    const now = unlisted(gpu);
    if (before === undefined || before.used_mib === null || before.unlisted_mib === null || now === null) return [];
    const gone = now - before.unlisted_mib;
    return gone > Math.max(small, before.used_mib / 2) ? [{ index: gpu.index, processes: [], mib: gone }] : [];
  });
}

/** "13.4 GiB of GPU 0, by 4711 (python3)". */
export function lostText(lost: readonly Lost[]): string {
  const parts = lost.map(({ index, processes, mib }) => {
    const by = processes.map(({ pid, program }) => (program === "" ? String(pid) : `${pid} (${program})`));
    return `${mib === null ? "memory" : gib(mib)} of GPU ${index}, ${by.length === 0 ? "by no process that is listed" : `by ${by.join(", ")}`}`;
  });
  return parts.join("; ");
}

/** MiB in use that nobody is listed for; null when that is not known. */
function unlisted({ used_mib, processes }: Gpu): number | null {
  const listed = sumOf(processes.map((process) => process.used_mib));
  return used_mib === null || listed === null ? null : used_mib - listed;
}
