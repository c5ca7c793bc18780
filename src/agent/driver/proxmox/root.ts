import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Dataset } from "../diff/zfs.ts";
import { isThere } from "../lxc/tree.ts";
import { fieldsOf } from "./conf.ts";
import { rootVolume } from "./container.ts";
import type { Host } from "./host.ts";
import { look, missing, readConf, readStorages } from "./observe.ts";
import { poolOf } from "./storage.ts";

/** A container's root file system where the storage itself can tell things about it. */
export type Root =
  | { readonly on: "btrfs"; readonly path: string; readonly asides: string; readonly snapshot: (name: string) => string }
  | { readonly on: "zfs"; readonly dataset: Dataset }
  | { readonly on: "other"; readonly why: string };

/** Finds it by storage.cfg, as Proxmox lays its volumes out. Fault CONTAINER_MISSING. */
export async function rootOf(host: Host, ctid: Ctid): Promise<Root> {
  const conf = await readConf(host, ctid);
  if (conf === null) throw missing(ctid);
  const volume = rootVolume(fieldsOf(conf.main));
  const pool = poolOf(volume);
  const storage = (await readStorages(host)).get(pool ?? "");
  const name = volume.slice((pool ?? "").length + 1);
  if (storage?.type === "btrfs" && name.endsWith(".subvol")) {
    const folder = storage.fields.get("path") ?? "";
    const path = join(folder, "images", name);
    if (!(await isThere(path))) return { on: "other", why: `${volume} is not at ${path}` };
    return { on: "btrfs", path, asides: join(folder, ".phoenix"), snapshot: (snapshot) => `${path}@${snapshot}` };
  }
  if (storage?.type === "zfspool") {
    const of = storage.fields.get("pool") ?? "";
    // A linked clone is named behind what it is a clone of.
    const own = name.slice(name.lastIndexOf("/") + 1);
    const mountpoint = join(storage.fields.get("mountpoint") ?? `/${of}`, own);
    return { on: "zfs", dataset: { zfs: host.settings.zfs, name: `${of}/${own}`, mountpoint } };
  }
  const what = storage?.type === "btrfs" ? "a disk image" : `on storage ${pool ?? "?"} of type ${storage?.type ?? "unknown"}`;
  return { on: "other", why: `its root file system is ${what}` };
}

/** Fault SNAPSHOT_MISSING when the container has no snapshot of one of these names. */
export async function checkSnapshots(host: Host, ctid: Ctid, names: readonly string[]): Promise<void> {
  const has = (await look(host, ctid)).snapshots.map(({ name }) => name);
  const gone = names.find((name) => !has.includes(name));
  if (gone === undefined) return;
  const message = `container ${ctid} has no snapshot ${gone} (it has: ${has.join(", ") || "none"})`;
  throw new Fault("SNAPSHOT_MISSING", message, `phoenixctl snapshot list ${ctid}`);
}
