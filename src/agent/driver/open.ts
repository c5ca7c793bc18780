import { dirname } from "node:path";
import type { AgentSettings } from "../config/settings.ts";
import { realClock } from "../domain/clock.ts";
import type { Log } from "../domain/log.ts";
import type { Driver } from "./driver.ts";
import { lxcDriver } from "./lxc/lxc.ts";
import { proxmoxDriver } from "./proxmox/proxmox.ts";
import { simFromSettings } from "./sim/from-settings.ts";
import { simDriver } from "./sim/sim.ts";

/** The driver that the settings ask for. Throws a Fault when its platform is not there. */
export function openDriver(settings: AgentSettings, log: Log): Driver {
  switch (settings.driver) {
    case "lxc":
      return lxcDriver(settings.lxc, { templates_base: dirname(settings.manifest) });
    case "sim":
      return settings.sim === null ? simDriver() : simFromSettings(settings.sim, realClock);
    case "proxmox":
      return proxmoxDriver(settings.proxmox, { state_dir: settings.state_dir, log });
  }
}
