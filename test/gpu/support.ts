import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A stand-in for nvidia-smi in a folder of its own. */
export interface StandIn {
  readonly path: string;
  /** From now on it fails like this. */
  readonly fails: (mode: "hang" | "slow" | "garbage" | "mismatch" | "unloaded") => void;
  readonly dispose: () => void;
}

const gpuHead = "index, uuid, name, memory.total, memory.used, utilization.gpu";
const appsHead = "pid, gpu_uuid, process_name, used_gpu_memory";

/** The stand-in with these rows, as nvidia-smi would print them. */
export function standIn(gpus: readonly string[], apps: readonly string[]): StandIn {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-gpu-"));
  const path = join(folder, "nvidia-smi");
  copyFileSync(join(__dirname, "../support/nvidia-smi"), path);
  writeFileSync(join(folder, "gpu.csv"), [gpuHead, ...gpus, ""].join("\n"));
  writeFileSync(join(folder, "apps.csv"), [appsHead, ...apps, ""].join("\n"));
  return {
    path,
    fails: (mode) => writeFileSync(join(folder, "mode"), mode),
    dispose: () => rmSync(folder, { recursive: true }),
  };
}

export const twoGpus = [
  "0, GPU-aaaa, NVIDIA GeForce RTX 5060 Ti, 16384, 15462, 37",
  "1, GPU-bbbb, NVIDIA GeForce RTX 5060 Ti, 16384, 3, [N/A]",
];
