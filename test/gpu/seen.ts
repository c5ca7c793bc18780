import type { Gpu, GpuProcess } from "../../src/agent/domain/gpu.ts";

let lastPid = 1000;

/** A process of a container (null: of the host) with so much memory, MiB. */
export function process(ctid: number | null, used_mib: number | null, parts: Partial<GpuProcess> = {}): GpuProcess {
  return { pid: (lastPid += 1), program: "python3", ctid, used_mib, since: 0, ...parts };
}

/** A GPU of 16 GiB with these processes, whose memory is all that is in use. */
export function gpu(index: number, processes: readonly GpuProcess[], parts: Partial<Gpu> = {}): Gpu {
  const used_mib = processes.reduce((sum, { used_mib: mib }) => sum + (mib ?? 0), 0);
  return { index, model: "RTX", used_mib, total_mib: 16_384, utilization_percent: 0, processes, ...parts };
}
