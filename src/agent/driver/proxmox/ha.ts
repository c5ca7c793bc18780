import type { Ctid } from "../../domain/container.ts";
import { readIfThere } from "../lxc/files.ts";
import type { Host } from "./host.ts";
import { parseParts } from "./parts.ts";

/**
 * The guests that the HA manager looks after: it starts one that is down and is meant to be up, and pct only asks it to start or stop one, and ends
 * before that has happened (facts/proxmox.md, "Other"). Those in state "ignored" it leaves alone (service_check_ha_state of Proxmox's PVE::HA::Config).
 */
export async function underHa({ settings }: Pick<Host, "settings">): Promise<ReadonlySet<Ctid>> {
  const resources = parseParts((await readIfThere(settings.ha_resources)) ?? "");
  return new Set([...resources.values()].flatMap(({ name, fields }) => (fields.get("state") === "ignored" ? [] : [Number(name)])));
}

/** Whether a container is among them. */
export async function isUnderHa(host: Pick<Host, "settings">, ctid: Ctid): Promise<boolean> {
  return (await underHa(host)).has(ctid);
}
