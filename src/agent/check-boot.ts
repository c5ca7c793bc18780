import type { HostRemark } from "./config/check.ts";
import type { LoadedManifest } from "./config/manifest.ts";
import type { AgentSettings } from "./config/settings.ts";
import { toFailure } from "./domain/errors.ts";
import { openDriver } from "./driver/open.ts";
import { driftText, planAutostart } from "./plan/autostart.ts";
import { chosenOwner } from "./store/peek.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** What the platform starts at boot otherwise than the owner of boots needs; nothing where it starts nothing. Spawns and changes nothing. */
export async function bootRemarks(settings: AgentSettings, manifest: LoadedManifest): Promise<readonly HostRemark[]> {
  if (settings.driver !== "proxmox") return [];
  try {
    const owner = chosenOwner(settings.state_dir) ?? settings.boot.owner;
    const inventory = await openDriver(settings, silent).observe();
    const severity = owner === "agent" ? "error" : "warning";
    return planAutostart({ manifest, inventory }, owner).changes.map((change) => {
      return { severity, message: `${change.ctid}: ${driftText(change, owner)}; phoenixctl boot apply mends it` };
    });
  } catch (error) {
    return [{ severity: "warning", message: `what starts at boot can't be looked at: ${toFailure(error).message}` }];
  }
}
