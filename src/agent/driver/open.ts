import { dirname } from "node:path";
import type { AgentSettings } from "../config/settings.ts";
import { Fault } from "../domain/errors.ts";
import type { Driver } from "./driver.ts";
import { lxcDriver } from "./lxc/lxc.ts";
import { simDriver } from "./sim/sim.ts";
import { fileStorage, memoryStorage } from "./sim/storage.ts";

/** The driver that the settings ask for. Throws a Fault when its platform is not there. */
export function openDriver(settings: AgentSettings): Driver {
  switch (settings.driver) {
    case "lxc":
      return lxcDriver(settings.lxc, { templates_base: dirname(settings.manifest) });
    case "sim":
      return openSim(settings.sim);
    case "proxmox":
      throw new Fault("UNSUPPORTED", "this version has no proxmox driver", "use driver: lxc");
  }
}

function openSim(sim: AgentSettings["sim"]): Driver {
  if (sim === null) return simDriver();
  const { state, faults, log, latency_ms, pools, unknown_commands, atomic_replace } = sim;
  const usual = simDriver().capabilities;
  return simDriver({
    storage: state === null ? memoryStorage() : fileStorage(state),
    faults: faults ?? [],
    log,
    latency_ms: { default: latency_ms },
    pools,
    unknown_commands,
    capabilities: { ...usual, atomic_replace },
  });
}
