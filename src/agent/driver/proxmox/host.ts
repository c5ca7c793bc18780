import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import type { Log } from "../../domain/log.ts";
import type { Pool } from "../lxc/paths.ts";
import type { Pct } from "./pct.ts";
import type { ProxmoxSettings } from "./settings.ts";

/** A Proxmox host, as the parts of the driver see it. */
export interface Host {
  readonly settings: ProxmoxSettings;
  /** The driver's own folder: what has to survive us (files.ts). */
  readonly state_dir: string;
  readonly lxc: Pick<Pool, "path">;
  readonly pct: Pct;
  readonly log: Log;
}

/** Where a container's LXC configuration is generated at each start. */
export function generatedConfig(host: Pick<Host, "settings">, ctid: Ctid): string {
  return join(host.settings.lxc_path, String(ctid), "config");
}

export function confPath(host: Pick<Host, "settings">, ctid: Ctid): string {
  return join(host.settings.config_dir, `${ctid}.conf`);
}

/** The same as pct's: whoever changes N.conf holds it (facts/proxmox.md, "Locks"). */
export function lockPath(host: Pick<Host, "settings">, ctid: Ctid): string {
  return join(host.settings.lock_dir, `pve-config-${ctid}.lock`);
}
