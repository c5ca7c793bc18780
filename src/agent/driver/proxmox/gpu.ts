import { entryOf, type Entry } from "./conf.ts";
import { parseProperty } from "./property.ts";

/** Major number of /dev/nvidiaN and /dev/nvidiactl. */
const nvidiaMajor = /^[ab*]*c?\s*195:/;
const device = /^\/dev\/(nvidia[^\s,]*|dri(?:\/[^\s,]*)?)$/;

/** The GPU device that a setting gives to a container: a devN line or a raw mount (facts/proxmox.md, "GPU"); null for none. */
export function gpuDeviceOf({ key, value }: Entry): string | null {
  if (/^dev\d+$/.test(key)) return matching(parseProperty(value, "path").first);
  if (key === "lxc.mount.entry") return matching(value.split(/\s+/)[0] ?? "");
  return null;
}

/** Whether a setting gives access to a GPU, be it to the device itself or to its number. */
export function isGpuEntry(entry: Entry): boolean {
  const allowed = /^lxc\.cgroup2?\.devices\.allow$/.test(entry.key) && nvidiaMajor.test(entry.value);
  return allowed || gpuDeviceOf(entry) !== null;
}

/** The index of "/dev/nvidia0"; null for the devices that all GPUs share. */
export function gpuIndex(path: string): number | null {
  const match = /^\/dev\/nvidia(\d+)$/.exec(path);
  return match === null ? null : Number(match[1]);
}

/** The GPU indexes that these settings give, ascending: "0,1". */
export function gpusText(entries: readonly Entry[]): string {
  const found = entries.flatMap((entry) => gpuIndex(gpuDeviceOf(entry) ?? "") ?? []);
  return [...new Set(found)].toSorted((a, b) => a - b).join(",");
}

/** The same for lines. */
export function isGpuLine(line: string): boolean {
  const entry = entryOf(line);
  return entry !== null && isGpuEntry(entry);
}

function matching(path: string): string | null {
  return device.test(path) ? path : null;
}
