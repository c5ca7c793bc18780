import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { fieldsOf, type Conf } from "./conf.ts";
import { rootVolume } from "./container.ts";
import type { Host } from "./host.ts";
import { look, missing, readConf, readStorages } from "./observe.ts";
import { readied } from "./ready.ts";
import { lastStart, readPristine } from "./pristine.ts";
import { poolOf } from "./storage.ts";

interface Source {
  readonly source: Ctid;
  readonly snapshot: string;
}

/**
 * Whether the source can be cloned from its snapshot, or only as it is now: on btrfs pct can't clone a subvolume's snapshot (facts, "Other").
 * Faults: CONTAINER_MISSING, LOCKED, SNAPSHOT_MISSING.
 */
export async function cloneable(host: Host, { source, snapshot }: Source, call: Call): Promise<{ readonly from: "snapshot" | "now" }> {
  const container = await readied(host, source, call);
  if (!container.snapshots.some(({ name }) => name === snapshot)) {
    throw new Fault("SNAPSHOT_MISSING", `container ${source} has no snapshot ${snapshot} to clone`, `phoenixctl orchestrate ${source}`);
  }
  const conf = await readConf(host, source);
  if (conf === null) throw missing(source);
  return { from: (await isSubvolumeOnBtrfs(host, conf)) ? "now" : "snapshot" };
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

/**
 * Fault SNAPSHOT_UNSUPPORTED unless the source is stopped and exactly as it was at the snapshot: not started since then (pristine.ts).
 */
export async function checkUnchanged(host: Host, { source, snapshot }: Source): Promise<void> {
  const remedy = `bring it back to that snapshot and leave it stopped: phoenixctl stop ${source}, phoenixctl snapshot restore ${source} ${snapshot}`;
  const refusal = (words: string) =>
    new Fault(
      "SNAPSHOT_UNSUPPORTED",
      `on this storage only a stopped container can be cloned, as it is now, and container ${source} ${words}`,
      remedy,
    );
  const { state } = await look(host, source);
  if (state !== "stopped") throw refusal(`is ${state}`);
  const conf = await readConf(host, source);
  const parent = conf === null ? null : fieldsOf(conf.main).get("parent");
  if (parent !== snapshot) throw refusal(`was last at ${parent ?? "no snapshot"}, not at ${snapshot}`);
  if ((await readPristine(host.state_dir, source, snapshot)) !== (await lastStart(host, source)))
    throw refusal(`has been started since it was at ${snapshot}`);
}
