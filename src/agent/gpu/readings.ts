/** A GPU as nvidia-smi sees it; null where it does not say. Memory in MiB. */
export interface GpuReading {
  readonly index: number;
  readonly uuid: string;
  readonly model: string;
  readonly used_mib: number | null;
  readonly total_mib: number | null;
  readonly utilization_percent: number | null;
}

/** A process that computes on a GPU; its pid is the host's. */
export interface ProcessReading {
  readonly gpu: string; // uuid
  readonly pid: number;
  readonly used_mib: number | null;
  readonly program: string;
}

/** What nvidia-smi has said, or why nothing is known. Nothing known is not nothing there: nobody may take it for idle. */
export type Readings =
  | { readonly known: true; readonly gpus: readonly GpuReading[]; readonly processes: readonly ProcessReading[] }
  | { readonly known: false; readonly why: string };

/**
 * The fields that are asked for, as `nvidia-smi --help-query-gpu` and `--help-query-compute-apps` name them. Model and
 * program are last, since they are what may have a comma in it.
 */
export const gpuFields = ["index", "uuid", "memory.used", "memory.total", "utilization.gpu", "name"] as const;
export const processFields = ["gpu_uuid", "pid", "used_gpu_memory", "process_name"] as const;

/** Reads the answers to both queries. One line that is not as documented makes all of it unknown. */
export function parseReadings(gpuText: string, processText: string): Readings {
  const gpus = lines(gpuText).map(parseGpu);
  const processes = lines(processText).map(parseProcess);
  const wrong = [...gpus, ...processes].find((each) => typeof each === "string");
  if (wrong !== undefined) return { known: false, why: `nvidia-smi said something that can't be read: ${wrong.slice(0, 80)}` };
  return {
    known: true,
    gpus: gpus.filter((each) => typeof each !== "string"),
    processes: processes.filter((each) => typeof each !== "string"),
  };
}

/** A GPU, or the line itself when it is none. */
function parseGpu(line: string): GpuReading | string {
  const [index = "", uuid = "", used = "", total = "", utilization = "", ...model] = line.split(", ");
  const numbers = [used, total, utilization].map(amount);
  const [used_mib = null, total_mib = null, utilization_percent = null] = numbers.map((each) => (each === "wrong" ? null : each));
  if (!/^\d+$/.test(index) || !uuid.startsWith("GPU-") || numbers.includes("wrong") || model.length === 0) return line;
  return { index: Number(index), uuid, model: model.join(", "), used_mib, total_mib, utilization_percent };
}

function parseProcess(line: string): ProcessReading | string {
  const [gpu = "", pid = "", used = "", ...program] = line.split(", ");
  const used_mib = amount(used);
  if (!gpu.startsWith("GPU-") || !/^\d+$/.test(pid) || used_mib === "wrong" || program.length === 0) return line;
  return { gpu, pid: Number(pid), used_mib, program: program.join(", ") };
}

/** A number; null for "[N/A]", "[Not Supported]", "[Insufficient Permissions]" and the like, which stand in brackets. */
function amount(text: string): number | null | "wrong" {
  if (/^\d+$/.test(text)) return Number(text);
  return /^\[.+\]$/.test(text) ? null : "wrong";
}

function lines(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}
