import { statfs } from "node:fs/promises";
import type { Container, ContainerState, Ctid, Inventory } from "../../domain/container.ts";
import { toFailure } from "../../domain/errors.ts";
import { lockOf, look } from "./container.ts";
import { namesIn, namesInPlatform } from "./files.ts";
import { hasGpuAccess } from "./gpu.ts";
import { attachmentsOf, volumeSource } from "./mounts.ts";
import type { Pool } from "./paths.ts";
import { settingsOf } from "./settings.ts";
import { readIndex, snapshotsOf } from "./snapshots.ts";
import { stateOf, awake } from "./state.ts";
import { volumesOf } from "./tree.ts";

/** Driver.observe: files, and the sockets of the monitors. */
export async function observe(pool: Pool): Promise<Inventory> {
  const ctids = (await namesInPlatform(pool.path, "Mount the file system that lxc.path lies on, or make the folder."))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number);
  const running = await awake(pool);
  const stateNow = async (ctid: Ctid) => (running.has(ctid) ? await stateOf(pool, ctid) : "stopped");
  const seen = await Promise.all(
    ctids
      .toSorted((a, b) => a - b)
      .map(async (ctid) => {
        const state = await stateNow(ctid);
        return observeOne(pool, ctid, state).catch((thrown: unknown) => damaged(ctid, state, thrown));
      }),
  );
  const space = await statfs(pool.path).catch(() => null);
  return {
    containers: new Map(seen.flatMap((container) => (container === null ? [] : [[container.ctid, container]]))),
    machines: new Map(),
    autostart: { by: "nothing" },
    free_bytes: new Map(space === null ? [] : [["", space.bavail * space.bsize]]),
  };
}

async function observeOne(pool: Pool, ctid: Ctid, state: ContainerState): Promise<Container | null> {
  const container = await look(pool, ctid);
  if (container === null) return null;
  const { home, lines, tree } = container;
  const [lock, index, apart, inTree] = await Promise.all([lockOf(home), readIndex(home), namesIn(home.volumes), volumesOf(tree)]);
  const settings = settingsOf(lines);
  const attachments = attachmentsOf(lines, home, tree);
  const attached = new Set(attachments.map(({ source }) => source));
  const volumes = [...apart.map((name) => volumeSource(name, false)), ...inTree.map((name) => volumeSource(name, true))];
  return {
    ctid,
    name: settings.hostname ?? String(ctid),
    state,
    lock,
    settings,
    gpu_access: hasGpuAccess(lines),
    attachments,
    detached: volumes.filter((source) => !attached.has(source)),
    snapshots: snapshotsOf(index),
    snapshot_support: { can: "any" },
    clone_support: { can: "any" },
  };
}

/** One whose files can't be understood does not hide the others: it counts as locked, with what is wrong. */
function damaged(ctid: Ctid, state: ContainerState, thrown: unknown): Container {
  return {
    ctid,
    name: String(ctid),
    state,
    lock: toFailure(thrown).message,
    settings: {},
    gpu_access: false,
    attachments: [],
    detached: [],
    snapshots: [],
    snapshot_support: { can: "any" },
    clone_support: { can: "any" },
  };
}
