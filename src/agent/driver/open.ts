import { dirname } from "node:path";
import type { AgentSettings } from "../config/settings.ts";
import { realClock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Driver } from "./driver.ts";
import { lxcDriver } from "./lxc/lxc.ts";
import { simFromSettings } from "./sim/from-settings.ts";
import { simDriver } from "./sim/sim.ts";

/** The driver that the settings ask for. Throws a Fault when its platform is not there. */
export function openDriver(settings: AgentSettings): Driver {
  switch (settings.driver) {
    case "lxc":
      return lxcDriver(settings.lxc, { templates_base: dirname(settings.manifest) });
    case "sim":
      return settings.sim === null ? simDriver() : simFromSettings(settings.sim, realClock);
    case "proxmox":
      throw new Fault("UNSUPPORTED", "this version has no proxmox driver", "use driver: lxc");
  }
}
