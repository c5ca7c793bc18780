import { makePct } from "../../support/pct/world.ts";
import type { Ground } from "./house.ts";

/** A Proxmox of the stand-in, with btrfs. Containers come from a template each, since clones on btrfs want a source that is at rest. */
export function proxmoxGround(): Ground {
  const pct = makePct({ bridges: [] });
  const { config_dir, lock_dir, lxc_path, storage_cfg } = pct.world;
  const none = `${config_dir}/none`;
  const places = { pct: pct.pct, config_dir, lock_dir, lxc_path, storage_cfg, qemu_config_dir: none, qemu_pid_dir: none, warm: false };
  return {
    settings: ["driver: proxmox", `proxmox: ${JSON.stringify(places)}`],
    template: null,
    edit({ lxc_configs: containers }) {
      for (const container of Object.values(containers)) {
        delete container["clone_from_ctid"];
        Object.assign(container, { template: pct.template, storage_pool: "btr", storage_size_gb: 1, features: ["base_setup"] });
        for (const volume of (container["volumes"] ?? []) as { pool: string }[]) volume.pool = "btr";
      }
      // There is no GPU here, and Proxmox refuses to start a container whose device is missing.
      Object.assign(containers["950"] ?? {}, { gpu_assignment: "none", power: "off" });
    },
    dispose: pct.dispose,
  };
}
