import { checkLock, loadConf, saveConf } from "../conf-file.ts";
import type { Section } from "../conf.ts";
import { withConfigLock, withMigrationLock } from "../locks.ts";
import { Die, err } from "../output.ts";
import { volume } from "../storage.ts";
import { deleteVolumeSnapshot } from "../volume-store.ts";
import { volumeIds } from "../volumes.ts";
import type { PctWorld } from "../world-file.ts";
import { pct, type Command } from "./command.ts";

function prepare(world: PctWorld, vmid: string, name: string): Section {
  const conf = loadConf(world, vmid);
  const section = conf.snapshots[name];
  if (section === undefined) throw new Die(`snapshot '${name}' does not exist`);
  checkLock(conf);
  section.values["snapstate"] = "delete";
  conf.values["lock"] = "snapshot-delete";
  saveConf(world, vmid, conf);
  return section;
}

/** Its children get its parent (section "delsnapshot", middle of chain). */
function forget(world: PctWorld, vmid: string, name: string): void {
  const conf = loadConf(world, vmid);
  const parent = conf.snapshots[name]?.values["parent"];
  delete conf.snapshots[name];
  delete conf.values["lock"];
  for (const { values } of [conf, ...Object.values(conf.snapshots)]) {
    if (values["parent"] !== name) continue;
    if (parent === undefined) delete values["parent"];
    else values["parent"] = parent;
  }
  saveConf(world, vmid, conf);
}

/** pct delsnapshot. With --force a volume's snapshot that can't be deleted is only warned of. */
export const delsnapshot: Command = {
  syntax: pct("delsnapshot", ["vmid", "snapname"], { force: { type: "boolean" } }),
  task: ({ world, vmid, given }) => {
    const name = given["snapname"] ?? "";
    const work = (): void => {
      const section = withConfigLock(world, vmid, () => prepare(world, vmid, name));
      for (const id of volumeIds(section)) {
        try {
          deleteVolumeSnapshot(volume(world, id), name);
        } catch (error) {
          if (given["force"] !== "1" || !(error instanceof Die)) throw error;
          err(`${error.message}\n`);
        }
      }
      withConfigLock(world, vmid, () => forget(world, vmid, name));
    };
    try {
      withMigrationLock(world, vmid, work);
    } catch (error) {
      // Section "concurrency", guest migration lock held: other words than those of rollback.
      const blocked = error instanceof Die && /pve-migrate-\d+' - got timeout$/.test(error.message);
      throw blocked ? new Die("Failed to obtain guest migration lock - replication running?") : error;
    }
  },
};
