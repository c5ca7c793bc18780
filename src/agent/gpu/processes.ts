import { readFile } from "node:fs/promises";
import type { Ctid } from "../domain/container.ts";

/** What is known of a process of the host. */
export interface Owner {
  /** The container that it is in; null when it is none's. */
  readonly ctid: Ctid | null;
  /** When it began, milliseconds since 1970; null when that can't be had. */
  readonly since: number | null;
}

/** The container in a /proc/PID/cgroup: "/lxc/950/ns/…" on Proxmox, "/lxc.payload.950/…" on plain LXC. */
export function ctidOf(cgroup: string): Ctid | null {
  const found = /:\/(?:.*\/)?(?:lxc\/|lxc\.payload\.)(\d{3,9})(?:\/|$)/m.exec(cgroup);
  return found === null ? null : Number(found[1]);
}

/** When a process began, from its /proc/PID/stat and /proc/uptime. The kernel counts hundredths of a second for user space. */
export function beganAt(stat: string, uptime: string, now: number): number | null {
  // "pid (name) state ppid …", where the name may have anything in it; starttime is the 22nd field (proc(5)).
  const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  const up = Number(uptime.split(" ")[0]);
  return Number.isFinite(start) && Number.isFinite(up) && uptime !== "" ? Math.round(now - up * 1000 + start * 10) : null;
}

/** Whose these processes are. One that has gone meanwhile is nobody's. */
export async function ownersOf(pids: readonly number[], now: number): Promise<ReadonlyMap<number, Owner>> {
  const text = (file: string) => readFile(`/proc/${file}`, "latin1").catch(() => "");
  const uptime = await text("uptime");
  const each = pids.map(async (pid): Promise<readonly [number, Owner]> => {
    const [cgroup, stat] = await Promise.all([text(`${pid}/cgroup`), text(`${pid}/stat`)]);
    return [pid, { ctid: ctidOf(cgroup), since: beganAt(stat, uptime, now) }];
  });
  return new Map(await Promise.all(each));
}
