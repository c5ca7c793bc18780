import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driverContract, type ContractHost } from "./contract.ts";
import { withDefaults, type SimOptions } from "../../src/agent/driver/sim/options.ts";
import { simDriver } from "../../src/agent/driver/sim/sim.ts";
import { fileStorage } from "../../src/agent/driver/sim/storage.ts";
import { virtualClock } from "../../src/agent/driver/sim/virtual-clock.ts";

const capabilities = withDefaults({}).capabilities;

function host(given: Partial<SimOptions> = {}, dispose: () => void = () => {}): ContractHost {
  const driver = simDriver({ clock: virtualClock("auto"), ...given });
  let folders = 0;
  return {
    driver,
    template: "busybox.tar",
    missing_template: "missing.tar",
    pool: "tank",
    first: { memory_mb: "256", swap_mb: "0", cores: "2", options: "nesting=1", gpus: "0,1", raw: "lxc.apparmor.profile=unconfined" },
    second: { memory_mb: "512", swap_mb: "128", cores: "1", options: "keyctl=1,nesting=1", nameserver: "10.0.0.1 10.0.0.2" },
    clones: true,
    bridge: "vmbr0",
    no_diff: null,
    hostFolder: () => `/srv/folder-${(folders += 1)}`,
    lock: (ctid, lock) => driver.outside.lock(ctid, lock),
    stubborn: (ctid) => driver.outside.stubborn(ctid, true),
    dispose,
  };
}

function inFile(): ContractHost {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-sim-"));
  return host({ storage: fileStorage(join(folder, "state.json")) }, () => rmSync(folder, { recursive: true }));
}

driverContract("sim, in memory", () => host());
driverContract("sim, in a file", inFile);
driverContract("sim, back to the newest only", () => host({ pools: { tank: "newest" } }));
driverContract("sim, without atomic replace", () => host({ capabilities: { ...capabilities, atomic_replace: false } }));
driverContract("sim, attaching live, every call taking its time", () =>
  host({ capabilities: { ...capabilities, live_attach: true }, latency_ms: { default: 700, exec: 20 } }),
);
