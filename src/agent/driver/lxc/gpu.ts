import { Fault } from "../../domain/errors.ts";
import { line, valueOf, type Line } from "./config.ts";

/** The devices that every GPU needs besides its own. */
const shared = ["nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"];
const majorsKey = "phoenix.gpu_majors";
const entryKey = "lxc.mount.entry";
const entry = /^\/dev\/(nvidia(\d+)|nvidiactl|nvidia-uvm|nvidia-uvm-tools|nvidia-modeset) /;
const allowKeys = ["lxc.cgroup.devices.allow", "lxc.cgroup2.devices.allow"];
/** NVIDIA's own major number; that of nvidia-uvm is given out when the module loads. */
const nvidiaMajor = 195;

/** The lines that give a container these GPUs, "0,1". A device that is missing is passed over at the start (`optional`). */
export function gpuLines(gpus: string, otherMajors: readonly number[]): readonly Line[] {
  if (gpus === "") return [];
  if (!/^\d+(,\d+)*$/.test(gpus))
    throw new Fault("INVALID", `gpus is ${JSON.stringify(gpus)}, expected indexes as in "0,1"`, "Correct it in the manifest.");
  const devices = [...gpus.split(",").map((index) => `nvidia${index}`), ...shared];
  const majors = [nvidiaMajor, ...otherMajors];
  return [
    line(majorsKey, majors.join(",")),
    ...majors.flatMap((major) => allowKeys.map((key) => line(key, `c ${major}:* rwm`))),
    ...devices.map((device) => line(entryKey, `/dev/${device} dev/${device} none bind,optional,create=file 0 0`)),
  ];
}

/** The GPUs of a config, "0,1"; null for none. */
export function gpusOf(lines: readonly Line[]): string | null {
  const indexes = lines.filter((candidate) => !candidate.raw).flatMap((candidate) => indexOf(candidate));
  return indexes.length === 0 ? null : [...new Set(indexes)].toSorted((a, b) => a - b).join(",");
}

/** True when it can reach a GPU in any way, by raw lines and lines of a hand too. */
export function hasGpuAccess(lines: readonly Line[]): boolean {
  return lines.some(
    ({ key, value }) =>
      (key === entryKey && /^\/dev\/(nvidia|dri)/.test(value)) || (allowKeys.includes(key) && value.startsWith(`c ${nvidiaMajor}:`)),
  );
}

/** Tells the lines of a config that gpuLines wrote from all others. */
export function gpuLineIn(lines: readonly Line[]): (candidate: Line) => boolean {
  const majors = (valueOf(lines, majorsKey) ?? "").split(",").map((major) => `c ${major}:* rwm`);
  return ({ key, value, raw }) =>
    !raw && (key === majorsKey || (key === entryKey && entry.test(value)) || (allowKeys.includes(key) && majors.includes(value)));
}

function indexOf(candidate: Line): number[] {
  const index = candidate.key === entryKey ? entry.exec(candidate.value)?.[2] : undefined;
  return index === undefined ? [] : [Number(index)];
}
