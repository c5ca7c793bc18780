import { markDescription, readDescription, snapshotNameProblem, type Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Action } from "../../domain/step.ts";
import type { Call } from "../driver.ts";
import { find, findUnlocked, halt, type Files, type Model, type SimContainer, type SimSnapshot } from "./model.ts";
import { inParts, perform, type Sim } from "./perform.ts";

/** The snapshot, or Fault SNAPSHOT_MISSING. */
export function findSnapshot(container: SimContainer, name: string): SimSnapshot {
  const snapshot = container.snapshots.find((other) => other.name === name);
  if (snapshot === undefined)
    throw new Fault(
      "SNAPSHOT_MISSING",
      `container ${container.ctid} has no snapshot ${name}`,
      `phoenixctl snapshot list ${container.ctid}`,
    );
  return snapshot;
}

/** Driver.snapshot. */
export function snapshot(sim: Sim, ctid: Ctid, action: Extract<Action, { do: "snapshot" }>, call: Call): Promise<void> {
  return perform(sim, { call: "snapshot", ctid, what: action }, call, async (during) => {
    const problem = snapshotNameProblem(action.name);
    if (problem !== null) throw new Fault("INVALID", `${JSON.stringify(action.name)} is no name for a snapshot: ${problem}`);
    const container = findUnlocked(sim.options.storage.read(), ctid);
    if (supportOf(sim, container) === "none") throw new Fault("SNAPSHOT_UNSUPPORTED", `the pool ${container.pool} has no snapshots`);
    const before = container.snapshots.find((other) => other.name === action.name);
    if (before !== undefined && readDescription(before.description).run === call.run) return during();
    if (before !== undefined) mayReplace(sim, ctid, action);
    return inParts(sim, during, [
      (m) =>
        (find(m, ctid).half = capture(
          m,
          find(m, ctid),
          action.name,
          markDescription(action.description, call.run),
          sim.options.clock.now(),
        )),
      (m) => commit(find(m, ctid)),
    ]);
  });
}

function mayReplace(sim: Sim, ctid: Ctid, action: Extract<Action, { do: "snapshot" }>): void {
  if (action.replace === "never") throw new Fault("SNAPSHOT_EXISTS", `container ${ctid} has a snapshot ${action.name} already`);
  if (!sim.options.capabilities.atomic_replace) throw new Fault("UNSUPPORTED", "snapshots can't be replaced in one step here");
}

/** A snapshot of the container as it is now. */
export function capture(model: Model, container: SimContainer, name: string, description: string, created: number): SimSnapshot {
  const attachments = container.attachments.filter((attachment) => attachment.in_snapshots);
  const volumes = attachments.map(({ source }): [string, Files] => [source, { ...model.volumes[source] }]);
  const { settings, parent } = container;
  return {
    name,
    created,
    parent,
    description,
    settings,
    attachments,
    rootfs: { ...container.rootfs },
    volumes: Object.fromEntries(volumes),
  };
}

/** Puts the snapshot that was being taken in its place, in which another one may be. */
export function commit(container: SimContainer): void {
  const taken = container.half;
  if (taken === null) return;
  drop(container, taken.name);
  container.snapshots = [...container.snapshots, { ...taken, parent: container.parent }];
  container.parent = taken.name;
  container.half = null;
}

/** Takes a snapshot away; what stood on it stands on its parent then. */
function drop(container: SimContainer, name: string): void {
  const dropped = container.snapshots.find((other) => other.name === name);
  if (dropped === undefined) return;
  const others = container.snapshots.filter((other) => other !== dropped);
  container.snapshots = others.map((other) => (other.parent === name ? { ...other, parent: dropped.parent } : other));
  if (container.parent === name) container.parent = dropped.parent;
}

/** Driver.restore. As on Proxmox, the settings go back too, and what the snapshot does not know is detached. */
export function restore(sim: Sim, ctid: Ctid, name: string, call: Call): Promise<void> {
  return perform(sim, { call: "restore", ctid, what: { name } }, call, async (during) => {
    const container = findUnlocked(sim.options.storage.read(), ctid, call.run);
    const wanted = findSnapshot(container, name);
    const newer = container.snapshots.slice(container.snapshots.indexOf(wanted) + 1).map((other) => other.name);
    if (supportOf(sim, container) === "newest" && newer.length > 0) {
      const remedy = newer.map((other) => `phoenixctl snapshot delete ${ctid} ${other}`).join(", ");
      throw new Fault("SNAPSHOT_NOT_NEWEST", `can't go back to ${name} while there are newer snapshots: ${newer.join(", ")}`, remedy);
    }
    const begin = (m: Model) => {
      halt(find(m, ctid));
      Object.assign(find(m, ctid), { lock: "rollback", lock_run: call.run });
      sim.killed(ctid);
    };
    return inParts(sim, during, [begin, (m) => goBack(m, find(m, ctid), wanted)]);
  });
}

function goBack(model: Model, container: SimContainer, to: SimSnapshot): void {
  const known = to.attachments.map((attachment) => attachment.source);
  const had = container.attachments.filter((attachment) => attachment.kind === "volume").map((attachment) => attachment.source);
  container.detached = [...new Set([...container.detached, ...had])].filter((source) => !known.includes(source));
  container.attachments = to.attachments;
  container.settings = to.settings;
  container.rootfs = { ...to.rootfs };
  for (const [source, files] of Object.entries(to.volumes)) model.volumes[source] = { ...files };
  container.parent = to.name;
  container.lock = container.lock_run = null;
}

/** Driver.deleteSnapshot. */
export function deleteSnapshot(sim: Sim, ctid: Ctid, name: string, call: Call): Promise<void> {
  return perform(sim, { call: "deleteSnapshot", ctid, what: { name } }, call, async (during) => {
    const container = findUnlocked(sim.options.storage.read(), ctid);
    const there = container.snapshots.some((other) => other.name === name);
    return inParts(sim, during, there ? [(m) => drop(find(m, ctid), name)] : []);
  });
}

/** What snapshots can do where the container lies. */
export function supportOf(sim: Sim, container: SimContainer): "any" | "newest" | "none" {
  return sim.options.pools[container.pool] ?? "any";
}
