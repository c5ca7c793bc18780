import type { Ctid } from "../../domain/container.ts";
import { readIfThere } from "../lxc/files.ts";
import type { Host } from "./host.ts";
import { parseParts } from "./parts.ts";

/**
 * Whether the HA manager looks after a container: it starts one that is down and is meant to be up, and pct only asks it to start or stop one, and ends
 * before that has happened (facts/proxmox.md, "Other"). Those in state "ignored" it leaves alone (service_check_ha_state of Proxmox's PVE::HA::Config).
 */
export async function isUnderHa({ settings }: Pick<Host, "settings">, ctid: Ctid): Promise<boolean> {
  const resource = parseParts((await readIfThere(settings.ha_resources)) ?? "").get(String(ctid));
  return resource !== undefined && resource.fields.get("state") !== "ignored";
}
