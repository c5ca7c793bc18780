import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import { emptySection, type Conf, type Section } from "../conf.ts";
import { withConfigLock, withMigrationLock } from "../locks.ts";
import { startContainer, stopContainer } from "../lxc.ts";
import { Die } from "../output.ts";
import { volume } from "../storage.ts";
import { checkRollback, rollbackVolume } from "../volume-store.ts";
import { addUnused, volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";
import { applyPending } from "./pending.ts";
import { snapshotValues } from "./snapshot.ts";

function prepare(world: PctWorld, vmid: string, name: string): Section {
  const conf = loadConf(world, vmid);
  if (conf.values["template"] === "1") throw new Die("you can't rollback if vm is a template");
  const section = conf.snapshots[name];
  if (section === undefined) throw new Die(`snapshot '${name}' does not exist`);
  // All checks come before the container is killed (section "zfs", NOT newest), and the lock's after the storage's.
  for (const id of volumeIds(section)) checkRollback(volume(world, id), name);
  const { snapstate } = section.values;
  if (snapstate !== undefined) throw new Die(`unable to rollback to incomplete snapshot (snapstate = ${snapstate})`);
  checkLock(conf);
  stopContainer(world, vmid, conf, "kill");
  conf.values["lock"] = "rollback";
  saveConf(world, vmid, conf);
  return section;
}

/** The snapshot's configuration in the place of the current one: description and unusedN stay, lost volumes become unusedN. */
function configurationOf(conf: Conf, name: string, section: Section): Conf {
  const kept = Object.entries(conf.values).filter(([key]) => key === "description" || /^unused\d+$/.test(key));
  const values = { ...Object.fromEntries(kept), ...snapshotValues(section), parent: name };
  const next: Conf = { ...conf, values, lxc: [...section.lxc], pending: emptySection() };
  const used = volumeIds(next);
  // At the first number that is free, lines unusedN of volumes that are mounted again among those that are taken.
  for (const id of volumeIds(conf)) if (!used.includes(id)) addUnused(next, id);
  return next;
}

/** pct rollback (section "rollback"): a running container is killed and stays stopped, unless --start. */
export const rollback: Command = {
  syntax: pct("rollback", ["vmid", "snapname"], { start: { type: "boolean" } }),
  task: ({ world, vmid, given }) => {
    const name = given["snapname"] ?? "";
    withMigrationLock(world, vmid, () => {
      const section = withConfigLock(world, vmid, () => prepare(world, vmid, name));
      // If this fails, the lock of the configuration is left behind (section "delsnapshot", lost volume snapshot).
      for (const id of volumeIds(section)) rollbackVolume(volume(world, id), name);
      withConfigLock(world, vmid, () => saveConf(world, vmid, configurationOf(loadConf(world, vmid), name, section)));
    });
    if (given["start"] === "1") withConfigLock(world, vmid, () => startContainer(world, vmid, applyPending(world, vmid)));
  },
};
