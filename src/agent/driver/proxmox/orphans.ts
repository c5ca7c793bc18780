import { readdir } from "node:fs/promises";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere } from "../lxc/files.ts";
import { withEnvironment } from "../proc.ts";

/** So long we wait for a task that an earlier life of ours has begun; pct's own locks hold it off afterwards. */
const patienceMs = 60_000;
const tasks = "vz(?:snapshot|rollback|delsnapshot|create|restore|clone|start|stop|shutdown|reboot|destroy|template)|resize|move_volume";

/**
 * Waits until no process works on a task of ours any more, nor anybody's on one of these containers. A worker of pct outlives a pct and an
 * agent that are killed, goes on and keeps the locks (facts/proxmox.md, "Locks"). Known by the mark in its environment, or by the name that
 * Proxmox gives a worker, which overwrites the environment; that of a clone names the source. `wait` is told when there is one. Gives whether
 * all have ended in time.
 */
export async function orphansEnded(ctids: readonly Ctid[], mark: string, wait: () => void = () => {}): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (let looks = 0; (await orphans(ctids, mark)).length > 0; looks += 1) {
    if (looks === 0) wait();
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

async function orphans(ctids: readonly Ctid[], mark: string): Promise<readonly number[]> {
  const worker = new RegExp(`^task UPID:[^:]+:[0-9A-F]+:[0-9A-F]+:[0-9A-F]+:(?:${tasks}):(?:${ctids.join("|")}):`);
  const marked = new Set(await withEnvironment(mark));
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = (await readIfThere(`/proc/${pid}/cmdline`).catch(() => null)) ?? "";
      if (isMonitor(line) || line === "") return []; // a container's monitor was started by pct, and stays
      return marked.has(pid) || line.includes(mark) || worker.test(line) ? [pid] : [];
    }),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

function isMonitor(commandLine: string): boolean {
  return commandLine.startsWith("[lxc monitor]") || commandLine.startsWith("lxc-start") || commandLine.includes("/lxc-start\0");
}
