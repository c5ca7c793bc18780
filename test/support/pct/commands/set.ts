import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import { sortedKeys, type Conf } from "../conf.ts";
import { checkHook } from "../hooks.ts";
import { checkDevice } from "../lxc-config.ts";
import { isRunning } from "../lxc.ts";
import { checkBridge } from "../network.ts";
import { withConfigLock } from "../locks.ts";
import { usage } from "../options.ts";
import { Die, err } from "../output.ts";
import { run } from "../process.ts";
import { volume } from "../storage.ts";
import { freeVolume } from "../volume-store.ts";
import { normaliseTags } from "../settings.ts";
import { parseProperties } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";
import { applyAll, applyChange, makeVolume, pendingDeletes } from "./pending.ts";

const syntax = {
  ...pct("set", ["vmid"], { delete: { type: "string" }, digest: { type: "string" }, revert: { type: "string" } }),
  properties: true,
} as const;

/** What takes effect in a running container (sections "set", "set (2)"); the rest waits in [pve:pending]. */
const LIVE = [
  "cores",
  "cpulimit",
  "cpuunits",
  "description",
  "hookscript",
  "hostname",
  "lock",
  "memory",
  "onboot",
  "protection",
  "startup",
  "swap",
  "tags",
];
const isLive = (key: string): boolean => LIVE.includes(key) || /^(net|unused)\d+$/.test(key);

function check(world: PctWorld, changes: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(changes)) {
    if (/^dev\d+$/.test(key)) checkDevice(parseProperties(value).first.replace(/^path=/, ""));
    if (key === "hookscript") checkHook(world, value);
  }
}

/** Writes down what is asked for as pending. */
function request(conf: Conf, changes: Readonly<Record<string, string>>, deletes: readonly string[]): void {
  const readOnly = [...deletes, ...Object.keys(changes)].find((key) => key === "unprivileged");
  if (readOnly !== undefined) throw new Die(`unable to modify read-only option: '${readOnly}'`);
  const wanted = new Set(pendingDeletes(conf));
  for (const key of deletes) {
    if (conf.values[key] === undefined && conf.pending.values[key] === undefined)
      err(`cannot delete '${key}' - not set in current configuration!\n`);
    else {
      delete conf.pending.values[key];
      if (conf.values[key] !== undefined) wanted.add(key);
    }
  }
  for (const [key, value] of Object.entries(changes)) {
    wanted.delete(key);
    conf.pending.values[key] = key === "tags" ? normaliseTags(value) : value;
  }
  if (wanted.size > 0) conf.pending.values["delete"] = [...wanted].sort().join(",");
  else delete conf.pending.values["delete"];
}

/** Section "set (2)", new volume hotplug: it is made, can't be mounted, and is removed again. */
function failHotplug(world: PctWorld, vmid: string, conf: Conf, key: string): string {
  const value = conf.pending.values[key] ?? "";
  const made = parseProperties(makeVolume(world, vmid, conf, value)).first;
  if (made !== parseProperties(value).first) freeVolume(volume(world, made));
  delete conf.pending.values[key];
  return `${key}: unable to hotplug ${key}: failed to change apparmor profile: Invalid argument\n`;
}

/** Applies what can be applied while the container runs; gives what went wrong. */
function applyLive(world: PctWorld, vmid: string, conf: Conf): string[] {
  const later: Record<string, string> = {};
  const problems: string[] = [];
  const { delete: _deletes, ...changes } = conf.pending.values;
  const deletes = pendingDeletes(conf).filter((key) => !isLive(key));
  const live = pendingDeletes(conf).filter(isLive);
  for (const key of sortedKeys(changes)) {
    if (isLive(key)) applyChange(world, vmid, conf, key, changes[key] ?? "");
    else if (/^mp\d+$/.test(key) && conf.values[key] === undefined) problems.push(failHotplug(world, vmid, conf, key));
    else later[key] = changes[key] ?? "";
  }
  conf.pending.values = live.length > 0 ? { delete: live.join(",") } : {};
  applyAll(world, vmid, conf);
  conf.pending.values = { ...later, ...(deletes.length > 0 ? { delete: deletes.join(",") } : {}) };
  const memory = Number(conf.values["memory"] ?? 512) * 2 ** 20;
  run(["lxc-cgroup", "-P", world.lxc_path, "-n", vmid, "memory.limit_in_bytes", String(memory)]);
  return problems;
}

/** pct set. */
export const set: Command = {
  syntax,
  run: ({ world, vmid, given }) => {
    const { vmid: _vmid, delete: removed = "", digest, revert: _revert, ...changes } = given;
    const deletes = removed.split(/[,;\s]+/).filter((key) => key !== "");
    if (deletes.length === 0 && Object.keys(changes).length === 0) throw new Die("no options specified", 2);
    check(world, changes);
    withConfigLock(world, vmid, () => {
      const asked = loadConf(world, vmid);
      checkLock(asked);
      if (digest !== undefined && digest !== asked.digest)
        throw new Die("detected modified configuration - file changed by other user? Try again.");
      request(asked, changes, deletes);
      saveConf(world, vmid, asked);
      // Proxmox reads it again, and so warns of garbage in it twice (section "raw lxc lines").
      const conf = loadConf(world, vmid);
      const problems = isRunning(world, vmid) ? applyLive(world, vmid, conf) : [];
      if (!isRunning(world, vmid)) applyAll(world, vmid, conf);
      saveConf(world, vmid, conf);
      if (problems.length > 0) throw new Die(`400 Parameter verification failed.\n${problems.join("")}\n${usage(syntax).trimEnd()}`, 39);
      // It is written all the same (section "set", no such bridge).
      for (const [key, value] of Object.entries(changes)) if (/^net\d+$/.test(key)) checkBridge(world, value);
    });
  },
};
