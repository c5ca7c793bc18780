import { existsSync } from "node:fs";
import type { HostRemark } from "./config/check.ts";
import type { LoadedManifest } from "./config/manifest.ts";
import { ownPool, type AgentSettings } from "./config/settings.ts";
import type { Inventory } from "./domain/container.ts";
import type { Finding } from "./domain/finding.ts";
import { silent } from "./domain/log.ts";
import { known } from "./doctor/facts.ts";
import { notifyRule, platformRule, spaceRule, storageRule } from "./doctor/host-rules.ts";
import { notifyFacts, stateFolder } from "./doctor/look.ts";
import { openDriver } from "./driver/open.ts";
import { driftText, planAutostart } from "./plan/autostart.ts";
import { chosenOwner } from "./store/peek.ts";

/**
 * What is wrong on the host, as far as that can be seen without an agent that runs: platform, storage, space, and what starts at boot.
 * Spawns and changes nothing. Nothing is looked at where the agent would make it at its first start.
 */
export async function hostRemarks(settings: AgentSettings, manifest: LoadedManifest): Promise<readonly HostRemark[]> {
  // Its folder would be made by looking.
  const isNew = settings.driver === "lxc" && settings.lxc.path === ownPool(settings.state_dir) && !existsSync(settings.lxc.path);
  const notified = notifyRule({ notify: await notifyFacts(settings) }).flatMap(toRemark);
  if (settings.driver === "sim" || isNew) return notified;
  const platform = await known(() => openDriver(settings, silent).observe());
  const state = await known(() => stateFolder(settings.state_dir));
  const found = [
    ...platformRule({ driver: settings.driver, platform }),
    ...(platform.known ? storageRule(manifest, platform.value) : []),
    // One that is not there yet is made.
    ...(existsSync(settings.state_dir) ? spaceRule(platform, state) : []),
  ];
  return [...found.flatMap(toRemark), ...notified, ...(platform.known ? bootRemarks(settings, manifest, platform.value) : [])];
}

function toRemark({ level, subject, message, remedy }: Finding): readonly HostRemark[] {
  if (level === "ok") return [];
  return [{ subject, severity: level === "error" ? "error" : "warning", message: `${message}; ${remedy}` }];
}

/** What the platform starts at boot otherwise than the owner of boots needs. */
function bootRemarks(settings: AgentSettings, manifest: LoadedManifest, inventory: Inventory): readonly HostRemark[] {
  if (settings.driver !== "proxmox") return [];
  const owner = chosenOwner(settings.state_dir) ?? settings.boot.owner;
  const severity = owner === "agent" ? "error" : "warning";
  return planAutostart({ manifest, inventory }, owner).changes.map((change) => {
    return { subject: "boot", severity, message: `${change.ctid}: ${driftText(change, owner)}; phoenixctl boot apply mends it` };
  });
}
