import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import { sortedKeys, type Conf } from "../conf.ts";
import { checkHook } from "../hooks.ts";
import { checkDevice, devices } from "../lxc-config.ts";
import { isRunning } from "../lxc.ts";
import { checkBridges } from "../network.ts";
import { withConfigLock } from "../locks.ts";
import { usage } from "../options.ts";
import { Die, err } from "../output.ts";
import { run } from "../process.ts";
import { isKnownKey, normaliseList, normaliseTags } from "../settings.ts";
import { storage, volume } from "../storage.ts";
import { freeVolume } from "../volume-store.ts";
import { mountKind, parseProperties } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";
import { applyAll, applyChange, applyDelete, makeVolume, pendingChanges, pendingDeletes, setPendingDeletes } from "./pending.ts";

type Changes = Readonly<Record<string, string>>;

const syntax = {
  ...pct("set", ["vmid"], { delete: { type: "string" }, digest: { type: "string" }, revert: { type: "string" } }),
  properties: true,
} as const;

/** What takes effect in a running container (sections "set", "set (2)"); the rest waits in [pve:pending]. */
const FAST = ["cores", "description", "hookscript", "hostname", "lock", "onboot", "protection", "startup", "tags"];
const isLive = (key: string): boolean => [...FAST, "cpulimit", "cpuunits", "swap"].includes(key) || /^net\d+$/.test(key);
const canDeleteLive = (key: string): boolean => isLive(key) || /^unused\d+$/.test(key);
const canSetLive = (key: string): boolean => isLive(key) || key === "memory";

function refuse(problems: readonly string[], code: number): never {
  throw new Die(`400 Parameter verification failed.\n${problems.join("\n")}\n${usage(syntax).trimEnd()}`, code);
}

function requestDeletes(conf: Conf, keys: readonly string[]): void {
  for (const key of keys) {
    if (conf.values[key] === undefined && conf.pending.values[key] === undefined) {
      err(`cannot delete '${key}' - not set in current configuration!\n`);
      continue;
    }
    if (["memory", "rootfs", "ostype"].includes(key)) throw new Die(`unable to delete required option '${key}'`);
    if (key === "unprivileged") throw new Die(`unable to delete read-only option: '${key}'`);
    delete conf.pending.values[key];
    setPendingDeletes(conf, [...pendingDeletes(conf), key]);
  }
}

/** A value as it is stored, or the reason why it can't be. */
function checked(world: PctWorld, key: string, value: string): string {
  if (key === "unprivileged") throw new Die(`unable to modify read-only option: '${key}'`);
  const { first } = parseProperties(value);
  if (/^dev\d+$/.test(key)) checkDevice(first.replace(/^path=/, ""));
  if (/^(rootfs|mp\d+)$/.test(key) && mountKind(first) === "volume") storage(world, first.split(":")[0] ?? "");
  if (key === "hookscript") checkHook(world, value);
  if (key === "tags") return normaliseTags(value);
  return key === "nameserver" || key === "searchdomain" ? normaliseList(value) : value;
}

/** Takes what changes nothing out of what is pending. */
function cleanUp(conf: Conf): void {
  for (const [key, value] of Object.entries(pendingChanges(conf))) if (conf.values[key] === value) delete conf.pending.values[key];
  setPendingDeletes(
    conf,
    pendingDeletes(conf).filter((key) => conf.values[key] !== undefined),
  );
}

/** Writes down what is asked for as pending, in memory. */
function request(world: PctWorld, conf: Conf, changes: Changes, deletes: readonly string[]): void {
  requestDeletes(conf, deletes);
  for (const key of sortedKeys(changes)) {
    conf.pending.values[key] = checked(world, key, changes[key] ?? "");
    setPendingDeletes(
      conf,
      pendingDeletes(conf).filter((other) => other !== key),
    );
  }
  cleanUp(conf);
}

/** Section "set (2)", new volume hotplug: it is made, can't be mounted, and is removed again. */
function failHotplug(world: PctWorld, vmid: string, conf: Conf, key: string): string {
  const value = conf.pending.values[key] ?? "";
  const made = parseProperties(makeVolume(world, vmid, conf, value)).first;
  if (made !== parseProperties(value).first) freeVolume(volume(world, made));
  return `${key}: unable to hotplug ${key}: failed to change apparmor profile: Invalid argument\n`;
}

/** Applies what can be applied while the container runs, in memory; gives what went wrong. */
function applyLive(world: PctWorld, vmid: string, conf: Conf, asked: (key: string) => boolean): string[] {
  const problems: string[] = [];
  for (const key of pendingDeletes(conf).filter(asked)) if (canDeleteLive(key)) applyDelete(world, conf, key);
  for (const key of sortedKeys(pendingChanges(conf)).filter(asked)) {
    if (canSetLive(key)) applyChange(world, vmid, conf, key);
    else if (/^mp\d+$/.test(key) && conf.values[key] === undefined) problems.push(failHotplug(world, vmid, conf, key));
  }
  const memory = Number(conf.values["memory"] ?? 512) * 2 ** 20;
  if (asked("memory")) run(["lxc-cgroup", "-P", world.lxc_path, "-n", vmid, "memory.limit_in_bytes", String(memory)]);
  return problems;
}

function change(world: PctWorld, vmid: string, changes: Changes, deletes: readonly string[], digest: string | undefined): void {
  const conf = loadConf(world, vmid);
  checkLock(conf);
  if (digest !== undefined && digest !== conf.digest) {
    throw new Die("detected modified configuration - file changed by other user? Try again.");
  }
  request(world, conf, changes, deletes);
  const asked = (key: string): boolean => changes[key] !== undefined || deletes.includes(key);
  const problems = isRunning(world, vmid) ? applyLive(world, vmid, conf, asked) : [];
  if (!isRunning(world, vmid)) applyAll(world, vmid, conf, asked);
  // Then nothing is written, also nothing that went well.
  if (problems.length > 0) refuse(problems, 39);
  saveConf(world, vmid, conf);
  // LXC's configuration is made of what was written: Proxmox warns of garbage twice (section "raw lxc lines"), and complains of
  // bridges and devices that are missing when the change is in the file already (section "set", no such bridge).
  const written = loadConf(world, vmid);
  checkBridges(world, written);
  for (const { path } of devices(written)) checkDevice(path);
}

/** pct set. */
export const set: Command = {
  syntax,
  run: ({ world, vmid, given }) => {
    const { vmid: _vmid, delete: removed = "", digest, revert: _revert, ...changes } = given;
    const deletes = removed.split(/[,;\s]+/).filter((key) => key !== "");
    if (deletes.length === 0 && Object.keys(changes).length === 0) throw new Die("no options specified", 2);
    const unknown = deletes.find((key) => !isKnownKey(key));
    if (unknown !== undefined) refuse([`delete: unknown option '${unknown}'`], 2);
    withConfigLock(world, vmid, () => change(world, vmid, changes, deletes, digest));
  },
};
