import { existsSync, readFileSync } from "node:fs";
import type { PctWorld } from "./world-file.ts";

/** What Proxmox calls a task and its worker; front.pl puts the process id in the place of "PID". */
export function upid(world: PctWorld, name: string, vmid: string, pid: number | "PID"): string {
  const hex = (number: number): string => number.toString(16).toUpperCase().padStart(8, "0");
  return `UPID:${world.node}:${pid === "PID" ? pid : hex(pid)}:00000000:${hex(Math.floor(Date.now() / 1000))}:vz${name}:${vmid}:root@pam:`;
}

/** True for the process id of a worker that is still there. */
export function isWorker(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, "latin1").startsWith("task UPID:");
}
