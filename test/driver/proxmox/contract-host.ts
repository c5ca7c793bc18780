import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import type { ContractHost } from "../contract.ts";
import { call } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

/** A busybox that says that it is a distribution which Proxmox knows: an unknown one costs a second pct create. */
function knownTemplate({ pool }: TestPct): string {
  const folder = pool.hostFolder();
  cpSync(pool.template, join(folder, "rootfs"), { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, "rootfs/etc/os-release"), "ID=debian\nVERSION_ID=12\n");
  execFileSync("tar", ["-C", join(folder, "rootfs"), "-czf", join(folder, "template.tar.gz"), "."]);
  return join(folder, "template.tar.gz");
}

/** A Proxmox of the stand-in, with its root file systems on one of its storages. */
export function contractHost(pool: string, clones: boolean, no_diff: RegExp | null): ContractHost {
  const world = makePct();
  const driver = proxmoxDriver(hostSettings(world), { state_dir: world.pool.hostFolder(), log: quietLog });
  return {
    driver,
    template: knownTemplate(world),
    missing_template: "local:vztmpl/nope.tar.zst",
    pool,
    first: { hostname: "first", memory_mb: "128", swap_mb: "64", cores: "1", nameserver: "192.0.2.1", options: "nesting=1" },
    second: {
      hostname: "second",
      memory_mb: "160",
      swap_mb: "0",
      cores: "2",
      nameserver: "192.0.2.2 192.0.2.3",
      options: "keyctl=1,nesting=1",
    },
    clones,
    bridge: "vmbr0",
    no_diff,
    hostFolder: world.pool.hostFolder,
    lock: async (ctid, lock) => {
      await world.call(lock === null ? ["pct", "unlock", String(ctid)] : ["pct", "set", String(ctid), "--lock", lock]);
    },
    stubborn: async (ctid) => {
      const output = { stdout: () => {}, stderr: () => {} };
      await driver.exec(ctid, { argv: ["touch", "/stubborn"], env: {}, stdin: "none", output }, call());
    },
    dispose: world.dispose,
  };
}
