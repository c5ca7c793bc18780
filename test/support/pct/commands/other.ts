import { rmSync } from "node:fs";
import { join } from "node:path";
import { checkLock, loadConf, removeConf, saveConf } from "../conf-file.ts";
import { withConfigLock } from "../locks.ts";
import { isRunning, stopContainer } from "../lxc.ts";
import { Die, err, out } from "../output.ts";
import { storage, volume } from "../storage.ts";
import { deleteVolumeSnapshot, freeVolume, setSize, sizeOf } from "../volume-store.ts";
import { formatProperties, formatSize, mounts, parseProperties, parseSize, volumeIds } from "../volumes.ts";
import { pct, type Call, type Command } from "./command.ts";
import { snapshotsPossible } from "./snapshot.ts";

/** pct unlock (section "locks"). */
export const unlock: Command = {
  syntax: pct("unlock", ["vmid"]),
  run: ({ world, vmid }) => {
    withConfigLock(world, vmid, () => {
      const conf = loadConf(world, vmid);
      if (conf.values["lock"] === undefined) throw new Die("no lock found trying to remove any lock");
      delete conf.values["lock"];
      saveConf(world, vmid, conf);
    });
  },
};

function freeAll({ world, vmid }: Call): void {
  const conf = loadConf(world, vmid);
  for (const [name, section] of Object.entries(conf.snapshots)) {
    for (const id of volumeIds(section)) deleteVolumeSnapshot(volume(world, id), name);
  }
  const unused = Object.entries(conf.values)
    .filter(([key]) => /^unused\d+$/.test(key))
    .map(([, value]) => parseProperties(value).first);
  const others = Object.values(conf.snapshots).flatMap(volumeIds);
  for (const id of new Set([...volumeIds(conf), ...unused, ...others])) freeVolume(volume(world, id));
}

/** pct destroy (section "destroy"). */
export const destroy: Command = {
  syntax: pct("destroy", ["vmid"], {
    force: { type: "boolean" },
    purge: { type: "boolean" },
    "destroy-unreferenced-disks": { type: "boolean" },
  }),
  run: ({ world, vmid, given }) => {
    checkLock(loadConf(world, vmid));
    if (isRunning(world, vmid) && given["force"] !== "1") throw new Die(`unable to destroy CT ${vmid} - container is running`);
  },
  task: (call) => {
    const { world, vmid, given } = call;
    withConfigLock(world, vmid, () => {
      checkLock(loadConf(world, vmid));
      if (isRunning(world, vmid)) {
        if (given["force"] !== "1") throw new Die(`unable to destroy CT ${vmid} - container is running`);
        out(`forced to stop CT ${vmid} before destroying!\n`);
        stopContainer(world, vmid, loadConf(world, vmid), "kill");
      }
      freeAll(call);
      if (given["purge"] === "1") out(`purging CT ${vmid} from related configurations..\n`);
      rmSync(join(world.lxc_path, vmid), { recursive: true, force: true });
      removeConf(world, vmid);
    });
  },
};

/** pct template, on storage where that renames nothing (section "clone"). */
export const template: Command = {
  syntax: pct("template", ["vmid"]),
  run: ({ world, vmid }) => {
    withConfigLock(world, vmid, () => {
      const conf = loadConf(world, vmid);
      checkLock(conf);
      conf.values["template"] = "1";
      saveConf(world, vmid, conf);
    });
  },
};

/** pct resize. Only its refusals are recorded; nothing has a size here, so that only the number changes. */
export const resize: Command = {
  syntax: pct("resize", ["vmid", "disk", "size"]),
  run: ({ world, vmid, given }) => {
    const { disk = "", size = "" } = given;
    withConfigLock(world, vmid, () => {
      const conf = loadConf(world, vmid);
      checkLock(conf);
      const mount = mounts(conf).find(({ key }) => key === disk);
      if (mount === undefined) throw new Die(`no such mount point '${disk}'`);
      if (storage(world, mount.source.split(":")[0] ?? "").type === "btrfs" && mount.source.endsWith(".subvol")) {
        return err("cannot resize subvolume - btrfs quotas are currently not supported\n");
      }
      const old = sizeOf(volume(world, mount.source));
      const bytes = size.startsWith("+") ? old + parseSize(size.slice(1)) : parseSize(size);
      if (bytes < old) throw new Die("unable to shrink disk size");
      if (bytes === old) throw new Die("disk is already at specified size");
      setSize(volume(world, mount.source), bytes);
      conf.values[disk] = formatProperties({ first: mount.source, others: { ...mount.options, size: formatSize(bytes) } });
      saveConf(world, vmid, conf);
    });
  },
};

/** pvesh get /nodes/localhost/lxc/N/feature --feature snapshot (section "pvesh"). */
export const feature: Command = {
  syntax: { program: "pvesh", name: "get", args: ["path"], options: { feature: { type: "string" }, "output-format": { type: "string" } } },
  run: ({ world, given }) => {
    const vmid = /^\/nodes\/[^/]+\/lxc\/(\d+)\/feature$/.exec(given["path"] ?? "")?.[1];
    if (vmid === undefined || given["feature"] !== "snapshot")
      throw new Die(`the stand-in for pvesh answers /nodes/localhost/lxc/N/feature --feature snapshot alone`);
    out(`${JSON.stringify({ hasFeature: snapshotsPossible(world, loadConf(world, vmid)) ? 1 : 0 })}\n`);
  },
};
