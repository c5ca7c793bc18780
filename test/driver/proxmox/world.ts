import { dirname, join } from "node:path";
import type { Log } from "../../../src/agent/domain/log.ts";
import { parseSettings } from "../../../src/agent/config/settings.ts";
import type { ProxmoxSettings } from "../../../src/agent/driver/proxmox/settings.ts";
import type { TestPct } from "../../support/pct/world.ts";

type Places = Pick<TestPct["world"], "config_dir" | "lock_dir" | "lxc_path" | "storage_cfg">;

/** The settings of a driver for a Proxmox of the stand-in. */
export function hostSettings({ pct, world }: { readonly pct: string; readonly world: Places }): ProxmoxSettings {
  const { config_dir, lock_dir, lxc_path, storage_cfg } = world;
  const none = `${config_dir}/none`;
  return {
    ...parseSettings("driver: proxmox", "/etc/phoenix/agent.yaml").proxmox,
    pct,
    zfs: join(dirname(pct), "zfs"),
    config_dir,
    lock_dir,
    lxc_path,
    storage_cfg,
    qemu_config_dir: none,
    qemu_pid_dir: none,
    ha_resources: none,
    warm: false,
  };
}

/** Says nothing. */
export const quietLog: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
