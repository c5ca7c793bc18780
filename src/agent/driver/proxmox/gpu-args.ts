import { gpuDeviceOf, gpuIndex } from "./gpu.ts";
import { freeKey } from "./held.ts";
import type { SetArgs } from "./set-args.ts";

/** Devices that every GPU needs besides its own. */
export const sharedDevices: readonly string[] = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset"];

/**
 * devN lines for GPUs, "0,1": pct refuses a device that the host does not have, at once and loudly, where a raw line would be passed
 * over at the start (facts/proxmox.md, "GPU"). Lines for other GPUs are deleted. `shared` are those of sharedDevices that the host has.
 */
export function gpuArgs(to: string, fields: ReadonlyMap<string, string>, shared: readonly string[]): SetArgs {
  const wanted = indexes(to);
  const live = [...fields].flatMap(([key, value]) => (/^dev\d+$/.test(key) ? [{ key, device: gpuDeviceOf({ key, value }) }] : []));
  const deleted = live.filter(({ device }) => device !== null && !isWanted(device, wanted));
  const missing = [...wanted.map((index) => `/dev/nvidia${index}`), ...(wanted.length === 0 ? [] : shared)].filter(
    (device) => !live.some((each) => each.device === device),
  );
  const used = new Set(live.map(({ key }) => key));
  const set = missing.map((device) => {
    const key = freeKey("dev", used);
    used.add(key);
    return [key, `${device},mode=0666`] as const;
  });
  return { set, deleted: deleted.map(({ key }) => key) };
}

/** Whether a device belongs to these GPUs: their own, or one that all share while there is any. */
export function isWanted(device: string, wanted: readonly number[]): boolean {
  const index = gpuIndex(device);
  return index === null ? wanted.length > 0 : wanted.includes(index);
}

/** "0,1" as numbers. */
export function indexes(gpus: string): readonly number[] {
  return gpus === "" ? [] : gpus.split(",").map(Number);
}
