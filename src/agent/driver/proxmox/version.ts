import { stat } from "node:fs/promises";
import type { Autostart } from "../../domain/container.ts";
import { readIfThere } from "../lxc/files.ts";
import type { ProxmoxSettings } from "./settings.ts";

type Version = Omit<Extract<Autostart, { by: "proxmox" }>, "under_ha">;

/** The version before which nothing is known to differ: what a host is taken for that does not say. */
const assumed: Version = { by: "proxmox", version: "8", known: "assumed" };

let seen: { readonly path: string; readonly mtimeMs: number; readonly size: number; readonly version: string | null } | null = null;

/** The version of Proxmox on this host: as the settings say, or that of its package. The list of packages is read when it has changed. */
export async function versionOf({ version, dpkg_status }: Pick<ProxmoxSettings, "version" | "dpkg_status">): Promise<Version> {
  if (version !== "") return { by: "proxmox", version, known: "said" };
  const now = await stat(dpkg_status).catch(() => null);
  if (now === null) return assumed;
  const { mtimeMs, size } = now;
  if (seen?.path !== dpkg_status || seen.mtimeMs !== mtimeMs || seen.size !== size) {
    const text = (await readIfThere(dpkg_status).catch(() => null)) ?? "";
    seen = { path: dpkg_status, mtimeMs, size, version: installedVersion(text, "pve-manager") };
  }
  return seen.version === null ? assumed : { by: "proxmox", version: seen.version, known: "installed" };
}

/** The version of a package in dpkg's list of packages; null when it is not installed. */
export function installedVersion(status: string, name: string): string | null {
  const start = `\n${status}`.indexOf(`\nPackage: ${name}\n`);
  if (start < 0) return null;
  const end = status.indexOf("\n\n", start);
  const fields = status.slice(start, end < 0 ? undefined : end);
  const isInstalled = /^Status: \S+ \S+ installed$/m.test(fields);
  return isInstalled ? (/^Version: (\S+)$/m.exec(fields)?.[1] ?? null) : null;
}
