import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { Die, err } from "./output.ts";
import type { PctWorld } from "./world-file.ts";

const held = new Set<string>();

/** flock(1) locks the open file that it is handed; the lock stays with our descriptor when flock itself has ended. */
function flock(fd: number, wait: readonly string[]): boolean {
  return spawnSync("flock", ["-x", ...wait, "3"], { stdio: ["ignore", "ignore", "ignore", fd] }).status === 0;
}

function withLock<T>(file: string, timeout_s: number, work: () => T): T {
  if (held.has(file)) return work();
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, "a");
  try {
    if (!flock(fd, ["-n"])) {
      err("trying to acquire lock...\n");
      if (!flock(fd, ["-w", String(timeout_s)])) throw new Die(`can't lock file '${file}' - got timeout`);
      err(" OK\n");
    }
    held.add(file);
    return work();
  } finally {
    held.delete(file);
    closeSync(fd);
  }
}

/** Works while holding the lock that every change of N.conf needs (section "concurrency", flock held by somebody else). */
export function withConfigLock<T>(world: PctWorld, vmid: string, work: () => T): T {
  return withLock(join(world.lock_dir, `pve-config-${vmid}.lock`), world.lock_timeout_s, work);
}

/** Works while holding the lock that replication holds (section "concurrency", guest migration lock held). */
export function withMigrationLock<T>(world: PctWorld, vmid: string, work: () => T): T {
  return withLock(join(dirname(world.lock_dir), "pve-manager", `pve-migrate-${vmid}`), world.lock_timeout_s, work);
}
