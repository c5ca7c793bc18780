import { chownSync, statSync } from "node:fs";
import { checkLock, hasConf, loadConf, removeConf, saveConf } from "../conf-file.ts";
import { emptyConf, type Conf, type Section } from "../conf.ts";
import { withConfigLock } from "../locks.ts";
import { isRunning } from "../lxc.ts";
import { normaliseNet } from "../network.ts";
import { Die, out } from "../output.ts";
import { run } from "../process.ts";
import { newVolume, volume } from "../storage.ts";
import { allocate, copyVolume, freeVolume } from "../volume-store.ts";
import { formatProperties, mounts, parseSize, type Mount } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Call, type Command } from "./command.ts";
import { snapshotValues } from "./snapshot.ts";

/** What is cloned: the configuration now, or that of a snapshot. */
function source({ world, vmid, given }: Call): { conf: Conf; section: Section } {
  const conf = loadConf(world, vmid);
  const name = given["snapname"];
  const section = name === undefined ? conf : conf.snapshots[name];
  if (section === undefined) throw new Die(`snapshot '${name}' does not exist`, 2);
  return { conf, section };
}

/** All refusals of section "clone" that come before anything is copied. */
function check(call: Call): void {
  const { world, vmid, given } = call;
  const newid = given["newid"] ?? "";
  if (!hasConf(world, vmid)) loadConf(world, vmid);
  if (hasConf(world, newid)) throw new Die(`CT ${newid} already exists on node '${world.node}'`);
  const { conf, section } = source(call);
  checkLock(conf);
  const full = given["full"] ?? (conf.values["template"] === "1" ? "0" : "1");
  const sorted = mounts(section).sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { key, kind, source: id } of sorted) {
    if (kind !== "volume") throw new Die(`unable to clone mountpoint '${key}' (type ${kind})`, 2);
    if (full !== "1") throw new Die(`Linked clone feature for '${id}' is not available`, 2);
    if (given["snapname"] === undefined && isRunning(world, vmid))
      throw new Die("Cannot do full clones on a running container without snapshots", 2);
  }
}

/** What rsync --stats says, with figures of the right kind. */
function printStatistics(folder: string): void {
  const files = run(["find", folder]).stdout.split("\n").length - 1;
  const size = run(["du", "-sb", folder]).stdout.split("\t")[0] ?? "0";
  const group = (text: string): string => text.replace(/\B(?=(\d{3})+$)/g, ",");
  const kinds = `(reg: ${files}, dir: 1, link: 0)`;
  out(`\nNumber of files: ${files} ${kinds}\nNumber of created files: ${files - 1} ${kinds}\nNumber of deleted files: 0\n`);
  out(`Number of regular files transferred: 6\nTotal file size: ${group(size)} bytes\nTotal transferred file size: ${group(size)} bytes\n`);
  out(`Literal data: ${group(size)} bytes\nMatched data: 0 bytes\nFile list size: 0\nFile list generation time: 0.001 seconds\n`);
  out(`File list transfer time: 0.000 seconds\nTotal bytes sent: ${group(size)}\nTotal bytes received: 1,001\n\n`);
  out(`sent ${group(size)} bytes  received 1,001 bytes  ${group(size)}.00 bytes/sec\ntotal size is ${group(size)}  speedup is 1.00\n`);
}

function cloneVolume({ world, given }: Call, mount: Mount): { id: string; value: string } {
  const newid = given["newid"] ?? "";
  const old = volume(world, mount.source);
  const snapname = given["snapname"];
  out(`create full clone of mountpoint ${mount.key} (${mount.source})\n`);
  if (snapname !== undefined && old.storage.type === "btrfs") {
    out(`Specified filename /var/lib/lxc/${newid}/.copy-volume-1 does not exist.\n`);
    throw new Die("cannot mount subvol snapshots for storage type 'btrfs'");
  }
  const bytes = parseSize(mount.options["size"] ?? "0");
  const made = newVolume(world, given["storage"] ?? old.storage.id, newid, bytes);
  allocate(made, bytes);
  copyVolume(old, made, snapname);
  const { uid, gid } = statSync(old.path);
  chownSync(made.path, uid, gid);
  printStatistics(made.path);
  return { id: made.id, value: formatProperties({ first: made.id, others: mount.options }) };
}

function newValues(section: Section, given: Call["given"]): Record<string, string> {
  const { parent: _parent, template: _template, ...values } = snapshotValues(section);
  for (const key of Object.keys(values)) if (/^net\d+$/.test(key)) values[key] = normaliseNet(values[key] ?? "", true);
  const { hostname = values["hostname"], description = section.values["description"] } = given;
  return { ...values, ...(hostname === undefined ? {} : { hostname }), ...(description === undefined ? {} : { description }) };
}

function setLock(world: PctWorld, vmid: string, lock: string | null): void {
  withConfigLock(world, vmid, () => {
    const conf = loadConf(world, vmid);
    if (lock === null) delete conf.values["lock"];
    else {
      checkLock(conf);
      conf.values["lock"] = lock;
    }
    saveConf(world, vmid, conf);
  });
}

/** pct clone. The source is locked meanwhile (section "concurrency", two clones of the same source). */
export const clone: Command = {
  syntax: pct("clone", ["vmid", "newid"], {
    description: { type: "string" },
    full: { type: "boolean" },
    hostname: { type: "string" },
    snapname: { type: "string", max_length: 40 },
    storage: { type: "string" },
  }),
  run: (call) => {
    check(call);
    setLock(call.world, call.vmid, "disk");
    const target = emptyConf();
    saveConf(call.world, call.given["newid"] ?? "", { ...target, values: { lock: "create" } });
  },
  task: (call) => {
    const { world, vmid, given } = call;
    const newid = given["newid"] ?? "";
    const made: string[] = [];
    try {
      const { section } = source(call);
      const values = newValues(section, given);
      for (const mount of mounts(section)) {
        const copy = cloneVolume(call, mount);
        made.push(copy.id);
        values[mount.key] = copy.value;
      }
      saveConf(world, newid, { ...emptyConf(), values, lxc: section.lxc });
    } catch (error) {
      for (const id of made) freeVolume(volume(world, id));
      removeConf(world, newid);
      throw error instanceof Die ? new Die(`clone failed: ${error.message}`) : error;
    } finally {
      setLock(world, vmid, null);
    }
  },
};
