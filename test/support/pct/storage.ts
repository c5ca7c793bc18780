import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Die } from "./output.ts";
import type { PctWorld } from "./world-file.ts";

/** An entry of storage.cfg. */
export interface Storage {
  readonly id: string;
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A volume of a storage and where it lies. Volumes are always folders or subvolumes here, also those that are called raw. */
export interface Volume {
  readonly id: string;
  readonly storage: Storage;
  readonly name: string;
  readonly path: string;
}

/** Reads storage.cfg: `type: id`, then indented `key value` lines. */
export function storages(world: PctWorld): Storage[] {
  const found: { id: string; type: string; options: Record<string, string> }[] = [];
  for (const line of readFileSync(world.storage_cfg, "utf8").split("\n")) {
    const [, type, id] = /^(\w+):\s*(\S+)\s*$/.exec(line) ?? [];
    const [, key, value] = /^\s+(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    if (type !== undefined && id !== undefined) found.push({ id, type, options: {} });
    else if (key !== undefined) Object.assign(found.at(-1)?.options ?? {}, { [key]: value ?? "" });
  }
  return found;
}

/** The storage of that name, or the complaint of section "create", missing storage. */
export function storage(world: PctWorld, id: string): Storage {
  const found = storages(world).find((one) => one.id === id);
  if (found === undefined) throw new Die(`storage '${id}' does not exist`);
  return found;
}

function folder({ type, options }: Storage): string {
  return type === "zfspool" ? (options["mountpoint"] ?? `/${options["pool"]}`) : join(options["path"] ?? "", "images");
}

/** A container's raw volume on btrfs lies in a subvolume named without the suffix. */
function pathOf(storage: Storage, name: string): string {
  return join(folder(storage), storage.type === "btrfs" ? name.replace(/\.raw$/, "") : name);
}

/** Finds the volume of an id like `btr:101/subvol-101-disk-0.subvol`; whether it is there is not asked. */
export function volume(world: PctWorld, id: string): Volume {
  const at = id.indexOf(":");
  if (at < 0) throw new Die(`unable to parse volume ID '${id}'`);
  const found = storage(world, id.slice(0, at));
  const name = id.slice(at + 1);
  return { id, storage: found, name, path: pathOf(found, name) };
}

/** A name for a new volume of a container: the first free disk number on that storage. A size of 0, or ZFS, makes it a subvol. */
export function newVolume(world: PctWorld, storageId: string, vmid: string, bytes: number): Volume {
  const found = storage(world, storageId);
  const zfs = found.type === "zfspool";
  const parent = zfs ? folder(found) : join(folder(found), vmid);
  const taken = (existsSync(parent) ? readdirSync(parent) : []).map(
    (name) => new RegExp(`^(?:subvol|vm|base)-${vmid}-disk-(\\d+)`).exec(name)?.[1],
  );
  let number = 0;
  while (taken.includes(String(number))) number++;
  const file = bytes === 0 || zfs ? `subvol-${vmid}-disk-${number}${zfs ? "" : ".subvol"}` : `vm-${vmid}-disk-${number}.raw`;
  return volume(world, `${storageId}:${zfs ? "" : `${vmid}/`}${file}`);
}

/** The path of a file like `local:vztmpl/x.tar.zst` or `local:snippets/x`. */
export function filePath(world: PctWorld, id: string): string {
  const [, name = "", kind = "", file = ""] = /^([^:/]+):(vztmpl|snippets)\/(.+)$/.exec(id) ?? [];
  if (file === "") throw new Die(`unable to parse volume ID '${id}'`);
  return join(storage(world, name).options["path"] ?? "", kind === "vztmpl" ? "template/cache" : "snippets", file);
}
