import { join } from "node:path";
import { namesIn, readIfThere } from "../lxc/files.ts";
import type { ProxmoxSettings } from "./settings.ts";

/** The virtual machines of this node, with whether they run: QEMU's pid file is there and so is its process. */
export async function machinesOf(settings: ProxmoxSettings): Promise<ReadonlyMap<number, "running" | "stopped">> {
  const names = await namesIn(settings.qemu_config_dir);
  const ids = names.flatMap((name) => /^(\d+)\.conf$/.exec(name)?.[1] ?? []).map(Number);
  return new Map(await Promise.all(ids.map(async (id) => [id, (await isUp(settings, id)) ? "running" : "stopped"] as const)));
}

async function isUp(settings: ProxmoxSettings, id: number): Promise<boolean> {
  const pid = (await readIfThere(join(settings.qemu_pid_dir, `${id}.pid`)))?.trim() ?? "";
  return /^\d+$/.test(pid) && (await readIfThere(`/proc/${pid}/stat`)) !== null;
}
