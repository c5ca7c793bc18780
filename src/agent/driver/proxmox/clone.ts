import { stat } from "node:fs/promises";
import type { Container, Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { fieldsOf, type Conf } from "./conf.ts";
import { rootVolume } from "./container.ts";
import { generatedConfig, type Host } from "./host.ts";
import { look, missing, readConf, readStorages } from "./observe.ts";
import { readied } from "./ready.ts";
import { readPristine } from "./pristine.ts";
import { poolOf } from "./storage.ts";

interface Source {
  readonly source: Ctid;
  readonly snapshot: string;
}

/**
 * How pct clone has to be asked for a container as it was at a snapshot of another one. On btrfs it can't clone a subvolume's snapshot (facts, "Other"):
 * there the source itself is copied, when it is stopped and is exactly that snapshot. Faults: CONTAINER_MISSING, LOCKED, SNAPSHOT_MISSING, and
 * SNAPSHOT_UNSUPPORTED with what to do.
 */
export async function cloneArgs(host: Host, { source, snapshot }: Source, call: Call): Promise<readonly string[]> {
  const container = await readied(host, source, call);
  if (!container.snapshots.some(({ name }) => name === snapshot)) {
    throw new Fault("SNAPSHOT_MISSING", `container ${source} has no snapshot ${snapshot} to clone`, `phoenixctl orchestrate ${source}`);
  }
  const conf = await readConf(host, source);
  if (conf === null) throw missing(source);
  if (!(await isSubvolumeOnBtrfs(host, conf))) return ["--snapname", snapshot];
  await checkUnchanged(host, container, conf, snapshot);
  return [];
}

/** One clone of a source after the other: pct locks it meanwhile, and would refuse the second one. */
export async function withSource<T>(source: Ctid, work: () => Promise<T>): Promise<T> {
  const before = queues.get(source) ?? Promise.resolve();
  const mine = before.then(work, work);
  const last = mine.then(
    () => {},
    () => {},
  );
  queues.set(source, last);
  void last.then(() => {
    if (queues.get(source) === last) queues.delete(source);
  });
  return mine;
}

const queues = new Map<Ctid, Promise<void>>();

async function isSubvolumeOnBtrfs(host: Host, conf: Conf): Promise<boolean> {
  const volume = rootVolume(fieldsOf(conf.main));
  const storage = (await readStorages(host)).get(poolOf(volume) ?? "");
  return storage?.type === "btrfs" && volume.endsWith(".subvol");
}

/** Proxmox writes a container's LXC configuration anew at each start: one that is older than the snapshot, or than our going back to it, tells that it was not started since. */
async function checkUnchanged(host: Host, { ctid, state }: Container, conf: Conf, snapshot: string): Promise<void> {
  const remedy = `bring it back to that snapshot and leave it stopped: phoenixctl stop ${ctid}, phoenixctl snapshot restore ${ctid} ${snapshot}`;
  const cannot = `Proxmox can't clone from a snapshot on btrfs, only a stopped container as it is now, and container ${ctid}`;
  if (state !== "stopped") throw new Fault("SNAPSHOT_UNSUPPORTED", `${cannot} is ${state}`, remedy);
  const { snapshots } = await look(host, ctid);
  const taken = snapshots.find(({ name }) => name === snapshot)?.created ?? 0;
  const since = Math.max(taken, await readPristine(host.state_dir, ctid, snapshot));
  const started = await stat(generatedConfig(host, ctid)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const isParent = fieldsOf(conf.main).get("parent") === snapshot;
  if (isParent && started < since) return;
  throw new Fault("SNAPSHOT_UNSUPPORTED", `${cannot} has been started since it was at ${snapshot}`, remedy);
}
