import { proxmoxDriver } from "../../src/agent/driver/proxmox/proxmox.ts";
import { describeContainers } from "../support/describe-containers.ts";
import { makePct } from "../support/pct/world.ts";
import { call } from "./contract/bench.ts";
import { driverContract, type ContractHost } from "./contract.ts";
import { hostSettings, quietLog } from "./proxmox/world.ts";

/** A Proxmox of the stand-in, with its root file systems on one of its storages. */
function contractHost(pool: string, clones: boolean): ContractHost {
  const world = makePct();
  const driver = proxmoxDriver(hostSettings(world), { state_dir: world.pool.hostFolder(), log: quietLog });
  return {
    driver,
    template: world.template,
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

describeContainers("Proxmox, over the stand-in for pct", () => {
  driverContract("proxmox on btrfs", () => contractHost("btr", false));
  driverContract("proxmox on ZFS", () => contractHost("zp", true));
});
