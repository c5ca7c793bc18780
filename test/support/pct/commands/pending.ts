import { chownSync } from "node:fs";
import { loadConf, saveConf } from "../conf-file.ts";
import { emptySection, sortedKeys, type Conf } from "../conf.ts";
import { hostId } from "../lxc-config.ts";
import { normaliseNet } from "../network.ts";
import { newVolume, volume } from "../storage.ts";
import { allocate, freeVolume, printFormatting } from "../volume-store.ts";
import { addUnused, dropUsed, formatProperties, formatSize, gibibytes, mountKind, parseProperties, volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";

/** `STORAGE:SIZE`, which asks for a new volume. */
const NEW_VOLUME = /^([^:/\s]+):(\d+(?:\.\d+)?)$/;

/** Makes the volume that `STORAGE:SIZE,…` asks for, and gives the value that names it; other values are put in order. */
export function makeVolume(world: PctWorld, vmid: string, conf: Conf, value: string): string {
  const { first, others } = parseProperties(value);
  const [, storage, size] = NEW_VOLUME.exec(first) ?? [];
  if (storage === undefined || size === undefined) return mountKind(first) === "volume" ? formatProperties({ first, others }) : value;
  const bytes = gibibytes(size);
  const made = newVolume(world, storage, vmid, bytes);
  allocate(made);
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

function applyDelete(world: PctWorld, conf: Conf, key: string): void {
  const value = conf.values[key];
  delete conf.values[key];
  if (value === undefined) return;
  const { first } = parseProperties(value);
  if (/^mp\d+$/.test(key) && mountKind(first) === "volume") addUnused(conf, first);
  if (/^unused\d+$/.test(key)) freeVolume(volume(world, first));
}

/** Applies one change to a configuration in memory, making volumes. */
export function applyChange(world: PctWorld, vmid: string, conf: Conf, key: string, value: string): void {
  const old = volumeIds(conf);
  if (/^mp\d+$/.test(key)) conf.values[key] = makeVolume(world, vmid, conf, value);
  else conf.values[key] = /^net\d+$/.test(key) ? normaliseNet(value) : value;
  if (!/^(mp\d+|rootfs)$/.test(key)) return;
  dropUsed(conf);
  // A root that is given as STORAGE:SIZE is written as it stands (section "set", rootfs change).
  const used = key === "rootfs" ? old : volumeIds(conf);
  for (const id of old) if (!used.includes(id)) addUnused(conf, id);
}

/** Applies what is pending for a stopped container, in memory. */
export function applyAll(world: PctWorld, vmid: string, conf: Conf): void {
  for (const key of pendingDeletes(conf)) applyDelete(world, conf, key);
  const { delete: _deletes, ...changes } = conf.pending.values;
  for (const key of sortedKeys(changes)) applyChange(world, vmid, conf, key, changes[key] ?? "");
  conf.pending = emptySection();
}

/** Applies what is pending before a start (section "set (2)", pending applied); gives the configuration to start with. */
export function applyPending(world: PctWorld, vmid: string): Conf {
  const conf = loadConf(world, vmid);
  if (Object.keys(conf.pending.values).length === 0) return conf;
  applyAll(world, vmid, conf);
  saveConf(world, vmid, conf);
  return conf;
}
