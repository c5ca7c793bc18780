import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import type { Conf, Section } from "../conf.ts";
import { withConfigLock } from "../locks.ts";
import { isRunning } from "../lxc.ts";
import { Die, err } from "../output.ts";
import { run } from "../process.ts";
import { volume } from "../storage.ts";
import { canSnapshot, deleteVolumeSnapshot, snapshotVolume } from "../volume-store.ts";
import { mounts, volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";

/** What a snapshot does not take over from the configuration, nor a rollback from the snapshot. */
const ownKeys = ["lock", "description", "snapstate", "snaptime"];

/** The part of a configuration that snapshots hold. */
export function snapshotValues({ values }: Section): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !ownKeys.includes(key) && !/^unused\d+$/.test(key)));
}

/** False with any bind or device mount, and with a volume on storage without snapshots (sections "bind mounts", "create/dir-storage"). */
export function snapshotsPossible(world: PctWorld, conf: Conf): boolean {
  return mounts(conf).every(({ kind, source }) => kind === "volume" && canSnapshot(volume(world, source)));
}

function prepare(world: PctWorld, vmid: string, name: string, description: string): void {
  const conf = loadConf(world, vmid);
  if (conf.values["template"] === "1") throw new Die("you can't take a snapshot if it's a template");
  checkLock(conf);
  if (conf.snapshots[name] !== undefined) throw new Die(`snapshot name '${name}' already used`);
  if (!snapshotsPossible(world, conf)) throw new Die("snapshot feature is not available");
  for (const [other, { values }] of Object.entries(conf.snapshots)) {
    if (values["parent"] !== name) continue;
    err(`deleting parent '${name}' reference from '${other}' to avoid bogus snapshot cycle.\n`);
    delete values["parent"];
  }
  const snaptime = String(Math.floor(Date.now() / 1000));
  const values = { ...snapshotValues(conf), snapstate: "prepare", snaptime, ...(description === "" ? {} : { description }) };
  conf.snapshots[name] = { values, lxc: [...conf.lxc] };
  conf.values["lock"] = "snapshot";
  saveConf(world, vmid, conf);
}

function commit(world: PctWorld, vmid: string, name: string): void {
  const conf = loadConf(world, vmid);
  delete conf.snapshots[name]?.values["snapstate"];
  delete conf.values["lock"];
  conf.values["parent"] = name;
  saveConf(world, vmid, conf);
}

/** Undoes a snapshot that failed half-way. Not recorded. */
function undo(world: PctWorld, vmid: string, name: string, done: readonly string[]): void {
  err("snapshot create failed: starting cleanup\n");
  for (const id of done) deleteVolumeSnapshot(volume(world, id), name);
  const conf = loadConf(world, vmid);
  delete conf.snapshots[name];
  delete conf.values["lock"];
  saveConf(world, vmid, conf);
}

/** pct snapshot: a running container is frozen meanwhile and goes on (section "snapshot running"). */
export const snapshot: Command = {
  syntax: pct("snapshot", ["vmid", "snapname"], { description: { type: "string" } }),
  run: ({ given }) => {
    const name = given["snapname"] ?? "";
    if (name === "current" || name === "vzdump") throw new Die(`unable to use snapshot name '${name}' (reserved name)`, 2);
  },
  task: ({ world, vmid, given }) => {
    const name = given["snapname"] ?? "";
    withConfigLock(world, vmid, () => prepare(world, vmid, name, given["description"] ?? ""));
    const ids = volumeIds(loadConf(world, vmid));
    const running = isRunning(world, vmid);
    const done: string[] = [];
    try {
      if (running) run(["lxc-freeze", "-P", world.lxc_path, "-n", vmid]);
      for (const id of ids) {
        snapshotVolume(volume(world, id), name);
        done.push(id);
      }
    } catch (error) {
      withConfigLock(world, vmid, () => undo(world, vmid, name, done));
      throw error instanceof Die ? new Die(`${error.message}\n`) : error;
    } finally {
      if (running) run(["lxc-unfreeze", "-P", world.lxc_path, "-n", vmid]);
    }
    withConfigLock(world, vmid, () => commit(world, vmid, name));
  },
};
