import { readDescription, type Container, type Inventory, type SnapshotSupport } from "../../domain/container.ts";
import { rulesOf, struckBy } from "./faults.ts";
import type { SimContainer } from "./model.ts";
import { strike, type Sim } from "./perform.ts";
import { supportOf } from "./snapshots.ts";

const neverAborted = new AbortController().signal;

/** Driver.observe. */
export async function observe(sim: Sim): Promise<Inventory> {
  const rule = struckBy(rulesOf(sim.options.faults), { call: "observe", ctid: null, what: {} }, sim.options.storage);
  await strike(rule, rule?.when ?? "before", sim, neverAborted);
  const model = sim.options.storage.read();
  return {
    containers: new Map(Object.values(model.containers).map((container) => [container.ctid, seen(sim, container)])),
    machines: new Map(Object.entries(model.machines).map(([id, state]) => [Number(id), state])),
    autostart: sim.options.autostart,
    free_bytes: new Map(Object.entries(sim.options.free_bytes)),
  };
}

function seen(sim: Sim, container: SimContainer): Container {
  const { ctid, state, lock, settings, attachments, detached } = container;
  return {
    ctid,
    name: settings.hostname ?? container.name,
    state,
    lock,
    settings,
    gpu_access: (settings.gpus ?? "") !== "" || (settings.raw ?? "").includes("nvidia"),
    attachments,
    detached,
    snapshots: container.snapshots.map(({ name, created, parent, description }) => {
      const { run, schedule } = readDescription(description);
      return { name, created, parent, description, run, schedule };
    }),
    snapshot_support: support(sim, container),
    clone_support: { can: "any" },
  };
}

function support(sim: Sim, container: SimContainer): SnapshotSupport {
  const can = supportOf(sim, container);
  return can === "none" ? { can, why: `the pool ${container.pool} has no snapshots` } : { can };
}
