import { readFileSync } from "node:fs";

/** What stands where the host's own folders are: a JSON file. By hand PHOENIX_PCT_WORLD names it. */
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

/** Reads a world. */
export function readWorld(file: string): PctWorld {
  return JSON.parse(readFileSync(file, "utf8")) as PctWorld;
}
