import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lxcDriver } from "../../src/agent/driver/lxc/lxc.ts";
import { call } from "./contract/bench.ts";
import { driverContract, type ContractHost } from "./contract.ts";
import { describeContainers } from "../support/describe-containers.ts";
import { makePool, type PoolKind } from "../support/pool.ts";

function contractHost(kind: PoolKind): ContractHost {
  const pool = makePool(kind);
  const driver = lxcDriver({ path: pool.path }, { templates_base: join(pool.template, "..") });
  return {
    driver,
    template: "template",
    missing_template: "/nowhere/rootfs.tar.zst",
    pool: "default",
    first: { hostname: "first", memory_mb: "128", swap_mb: "64", cores: "1", nameserver: "192.0.2.1", options: "nesting=1" },
    second: {
      hostname: "second",
      memory_mb: "160",
      swap_mb: "0",
      cores: "2",
      nameserver: "192.0.2.2 192.0.2.3",
      options: "keyctl=1,nesting=1",
    },
    clones: true,
    bridge: null,
    no_diff: null,
    hostFolder: pool.hostFolder,
    lock: (ctid, lock) => {
      const file = join(pool.path, String(ctid), "locked");
      if (lock === null) rmSync(file, { force: true });
      else writeFileSync(file, `${lock}\n`);
    },
    stubborn: async (ctid) => {
      const output = { stdout: () => {}, stderr: () => {} };
      await driver.exec(ctid, { argv: ["touch", "/stubborn"], env: {}, stdin: "none", output }, call());
    },
    dispose: pool.dispose,
  };
}

describeContainers("plain LXC", () => {
  driverContract("lxc on btrfs", () => contractHost("btrfs"));
});
