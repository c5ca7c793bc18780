import type { Gpus } from "../domain/gpu.ts";
import { readGpus } from "./nvidia-smi.ts";
import { ownersOf, type Owner } from "./processes.ts";
import type { Readings } from "./readings.ts";

/** Asks nvidia-smi, and finds out whose processes those are. Never throws. */
export async function lookAtGpus(nvidiaSmi: string, timeout_ms: number, now: () => number): Promise<Gpus> {
  const readings = await readGpus(nvidiaSmi, timeout_ms);
  if (!readings.known) return readings;
  return gpusOf(readings, await ownersOf([...new Set(readings.processes.map(({ pid }) => pid))], now()));
}

/** What nvidia-smi has said, with the owners of processes. */
export function gpusOf(readings: Readings, owners: ReadonlyMap<number, Owner>): Gpus {
  if (!readings.known) return readings;
  const gpus = readings.gpus.map(({ uuid, ...gpu }) => ({
    ...gpu,
    processes: readings.processes
      .filter((process) => process.gpu === uuid)
      .map(({ pid, program, used_mib }) => ({ pid, program, used_mib, ...(owners.get(pid) ?? { ctid: null, since: null }) })),
  }));
  return { known: true, gpus };
}
