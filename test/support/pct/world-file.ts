import { readFileSync } from "node:fs";

/** What stands where the host's own folders are; the JSON file that PHOENIX_PCT_WORLD names. */
export interface PctWorld {
  /** The node's name, which many messages hold. */
  readonly node: string;
  readonly pve: 8 | 9;
  /** In the place of /etc/pve/lxc. */
  readonly config_dir: string;
  /** In the place of /run/lock, with lxc/pve-config-N.lock and pve-manager/pve-migrate-N inside. */
  readonly lock_dir: string;
  /** In the place of /var/lib/lxc. Short: the kernel allows a socket's name 108 bytes. */
  readonly lxc_path: string;
  /** In the place of /etc/pve/storage.cfg. */
  readonly storage_cfg: string;
  /** Bridges that exist besides those in /sys/class/net. Containers get no network of them. */
  readonly bridges: readonly string[];
  /** How long a lock is waited for; 10 on Proxmox. */
  readonly lock_timeout_s: number;
  /** What share of the recorded duration each call takes longer: 0 as fast as it goes, 1 about as slow as Proxmox. */
  readonly latency: number;
}

export const WORLD_VARIABLE = "PHOENIX_PCT_WORLD";

/** Reads the world of this process. */
export function readWorld(): PctWorld {
  const file = process.env[WORLD_VARIABLE];
  if (file === undefined) throw new Error(`${WORLD_VARIABLE} is not set: it names the JSON file with the stand-in's folders`);
  return JSON.parse(readFileSync(file, "utf8")) as PctWorld;
}
