import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { ownPool, type AgentSettings } from "../config/settings.ts";
import { realClock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
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
      // A folder of the owner's that is missing may be one that is not mounted; only our own is made.
      if (settings.lxc.path === ownPool(settings.state_dir)) mkdirSync(settings.lxc.path, { recursive: true });
      return lxcDriver(settings.lxc, { templates_base: dirname(settings.manifest) });
    case "sim":
      return settings.sim === null ? simDriver() : simFromSettings(settings.sim, realClock);
    case "proxmox":
      if (!existsSync(settings.proxmox.pct)) {
        throw new Fault("INVALID", `driver proxmox: ${settings.proxmox.pct} is not there`, "On a host without Proxmox use driver: lxc.");
      }
      return proxmoxDriver(settings.proxmox, { state_dir: settings.state_dir, log });
  }
}
