import { readFile } from "node:fs/promises";
import type { Settings } from "../../domain/container.ts";
import { parseNetwork } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { HostFacts } from "./settings.ts";
import { isThere } from "./tree.ts";

/** What the host has, as far as configs depend on it. */
export async function hostFacts(): Promise<HostFacts> {
  const devices = await readFile("/proc/devices", "utf8").catch(() => "");
  const majors = [...devices.matchAll(/^ *(\d+) nvidia-(?:uvm|caps)/gm)].map((match) => Number(match[1]));
  return { counts_swap: await isThere("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"), gpu_majors: [...new Set(majors)] };
}

/** Fault INVALID when the network's bridge is not on the host: LXC would say so only at the start. */
export async function checkBridge(settings: Settings): Promise<void> {
  if (settings.network === undefined || settings.network === "") return;
  const { bridge } = parseNetwork(settings.network);
  if (/^[\w.-]+$/.test(bridge) && (await isThere(`/sys/class/net/${bridge}`))) return;
  const remedy = `Make it (ip link add ${bridge} type bridge), or name another one in network_config, or leave network_config out.`;
  throw new Fault("INVALID", `the bridge ${JSON.stringify(bridge)} is not on this host`, remedy);
}

/** The GPUs of the settings that the host does not have; they are passed over at the start. */
export async function missingGpus(settings: Settings): Promise<readonly string[]> {
  const wanted = (settings.gpus ?? "").split(",").filter((index) => index !== "");
  const there = await Promise.all(wanted.map((index) => isThere(`/dev/nvidia${index}`)));
  return wanted.filter((_, at) => !there[at]);
}
