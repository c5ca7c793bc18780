import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import type { Conf, Section } from "../conf.ts";
import { withConfigLock, withMigrationLock } from "../locks.ts";
import { Die, err } from "../output.ts";
import { volume } from "../storage.ts";
import { deleteVolumeSnapshot } from "../volume-store.ts";
import { addUnused, mounts, type Mount } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Call, type Command } from "./command.ts";

function find(conf: Conf, name: string): Section {
  const section = conf.snapshots[name];
  if (section === undefined) throw new Die(`snapshot '${name}' does not exist`);
  return section;
}

/** Changes N.conf under its lock. */
function change(world: PctWorld, vmid: string, work: (conf: Conf) => void): void {
  withConfigLock(world, vmid, () => {
    const conf = loadConf(world, vmid);
    work(conf);
    saveConf(world, vmid, conf);
  });
}

/** A volume whose snapshot is gone is no longer mounted in the section: if a later one fails, that is what is left. */
function detach(section: Section, { key, source }: Mount): void {
  delete section.values[key];
  addUnused(section, source);
}

/** Its children get its parent (section "delsnapshot", middle of chain); its volumes that nothing else mounts become unusedN. */
function forget(conf: Conf, name: string, freed: readonly string[]): void {
  const { parent } = find(conf, name).values;
  delete conf.snapshots[name];
  delete conf.values["lock"];
  for (const { values } of [conf, ...Object.values(conf.snapshots)]) {
    if (values["parent"] !== name) continue;
    if (parent === undefined) delete values["parent"];
    else values["parent"] = parent;
  }
  for (const id of freed) addUnused(conf, id);
}

function deleteSnapshot({ world, vmid, given }: Call, name: string): void {
  const force = given["force"] === "1";
  find(loadConf(world, vmid), name);
  change(world, vmid, (conf) => {
    checkLock(conf);
    conf.values["lock"] = "snapshot-delete";
  });
  change(world, vmid, (conf) => {
    find(conf, name).values["snapstate"] = "delete";
  });
  const freed: string[] = [];
  for (const mount of mounts(find(loadConf(world, vmid), name)).filter(({ kind }) => kind === "volume")) {
    try {
      deleteVolumeSnapshot(volume(world, mount.source), name);
      freed.push(mount.source);
    } catch (error) {
      if (!force || !(error instanceof Die)) throw error;
      err(`${error.message}\n`);
    }
    if (!force) change(world, vmid, (conf) => detach(find(conf, name), mount));
  }
  change(world, vmid, (conf) => forget(conf, name, freed));
}

/** pct delsnapshot. With --force a volume's snapshot that can't be deleted is only warned of. */
export const delsnapshot: Command = {
  syntax: pct("delsnapshot", ["vmid", "snapname"], { force: { type: "boolean" } }),
  task: (call) => {
    const { world, vmid, given } = call;
    try {
      withMigrationLock(world, vmid, () => deleteSnapshot(call, given["snapname"] ?? ""));
    } catch (error) {
      // Section "concurrency", guest migration lock held: other words than those of rollback.
      const blocked = error instanceof Die && /pve-migrate-\d+' - got timeout$/.test(error.message);
      throw blocked ? new Die("Failed to obtain guest migration lock - replication running?") : error;
    }
  },
};
