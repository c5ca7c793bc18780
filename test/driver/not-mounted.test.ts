import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lxcDriver } from "../../src/agent/driver/lxc/lxc.ts";
import { proxmoxDriver } from "../../src/agent/driver/proxmox/proxmox.ts";
import { hostSettings, quietLog } from "./proxmox/world.ts";

// What lies on a file system that is not mounted must not be taken for gone: it would all be made anew.
test("a platform whose folder is not there is no empty one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-unmounted-"));
  try {
    const lxc = lxcDriver({ path: join(folder, "pool") }, { templates_base: "/" });
    await expect(lxc.observe()).rejects.toMatchObject({ failure: { reason: "BACKEND_FAILED", message: `${folder}/pool is not there` } });

    const world = { config_dir: join(folder, "pve/lxc"), lock_dir: folder, lxc_path: folder, storage_cfg: join(folder, "storage.cfg") };
    const proxmox = proxmoxDriver(hostSettings({ pct: "/nowhere/pct", world }), { state_dir: folder, log: quietLog });
    await expect(proxmox.observe()).rejects.toMatchObject({ failure: { remedy: expect.stringContaining("pve-cluster") as string } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
