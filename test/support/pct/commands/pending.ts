import { chownSync } from "node:fs";
import { loadConf, saveConf } from "../conf-file.ts";
import { sortedKeys, type Conf } from "../conf.ts";
import { hostId } from "../lxc-config.ts";
import { normaliseNet } from "../network.ts";
import { newVolume, volume } from "../storage.ts";
import { allocate, freeVolume, printFormatting, sizeOf } from "../volume-store.ts";
import { addUnused, formatProperties, formatSize, gibibytes, mountKind, parseProperties, volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";

/** `STORAGE:SIZE`, which asks for a new volume. */
const NEW_VOLUME = /^([^:/\s]+):(\d+(?:\.\d+)?)$/;

/**
 * Makes the volume that `STORAGE:SIZE,…` asks for, and gives the value that names it. Other values are put in order, with the size that
 * the storage knows of.
 */
export function makeVolume(world: PctWorld, vmid: string, conf: Conf, value: string): string {
  const { first, others } = parseProperties(value);
  const [, storage, size] = NEW_VOLUME.exec(first) ?? [];
  if (storage === undefined || size === undefined) {
    const known = mountKind(first) === "volume" ? { size: formatSize(sizeOf(volume(world, first))) } : {};
    return formatProperties({ first, others: { ...others, ...known } });
  }
  const bytes = gibibytes(size);
  const made = newVolume(world, storage, vmid, bytes);
  allocate(made, bytes);
  printFormatting(made, bytes);
  chownSync(made.path, hostId(conf, 0), hostId(conf, 0));
  return formatProperties({ first: made.id, others: { ...others, size: formatSize(bytes) } });
}

/** The keys that a pending section wants deleted. */
export function pendingDeletes({ pending }: Conf): string[] {
  return (pending.values["delete"] ?? "")
    .split(",")
    .map((key) => key.replace(/^!/, ""))
    .filter((key) => key !== "");
}

/** Sets the list of keys to delete. */
export function setPendingDeletes({ pending }: Conf, keys: readonly string[]): void {
  if (keys.length > 0) pending.values["delete"] = [...new Set(keys)].sort().join(",");
  else delete pending.values["delete"];
}

/** The changes that are pending, without the deletions. */
export function pendingChanges({ pending }: Conf): Record<string, string> {
  const { delete: _deletes, ...changes } = pending.values;
  return changes;
}

/** Deletes one setting in memory. The volume of an unusedN is freed, unless a snapshot still knows it. */
export function applyDelete(world: PctWorld, conf: Conf, key: string): void {
  const { first } = parseProperties(conf.values[key] ?? "");
  delete conf.values[key];
  setPendingDeletes(
    conf,
    pendingDeletes(conf).filter((other) => other !== key),
  );
  if (/^mp\d+$/.test(key) && mountKind(first) === "volume") addUnused(conf, first);
  const known = [conf, ...Object.values(conf.snapshots)].some((section) => volumeIds(section).includes(first));
  if (/^unused\d+$/.test(key) && first !== "" && !known) freeVolume(volume(world, first));
}

/** Applies one change in memory, making volumes. */
export function applyChange(world: PctWorld, vmid: string, conf: Conf, key: string): void {
  const value = conf.pending.values[key] ?? "";
  const old = parseProperties(conf.values[key] ?? "").first;
  if (/^mp\d+$/.test(key)) conf.values[key] = makeVolume(world, vmid, conf, value);
  // A root that is given as STORAGE:SIZE is written as it stands (section "set", rootfs change).
  else conf.values[key] = /^net\d+$/.test(key) ? normaliseNet(value) : value;
  delete conf.pending.values[key];
  if (/^mp\d+$/.test(key) && old !== "" && mountKind(old) === "volume") addUnused(conf, old);
}

/** Applies what is pending for a stopped container, in memory: all of it, or the keys that are asked for. */
export function applyAll(world: PctWorld, vmid: string, conf: Conf, asked: (key: string) => boolean = () => true): void {
  for (const key of pendingDeletes(conf).filter(asked)) applyDelete(world, conf, key);
  for (const key of sortedKeys(pendingChanges(conf)).filter(asked)) applyChange(world, vmid, conf, key);
}

/** Applies what is pending before a start (section "set (2)", pending applied); gives the configuration to start with. */
export function applyPending(world: PctWorld, vmid: string): Conf {
  const conf = loadConf(world, vmid);
  if (Object.keys(conf.pending.values).length === 0) return conf;
  applyAll(world, vmid, conf);
  saveConf(world, vmid, conf);
  return conf;
}
