import { markDescription, readDescription, settingChanges, type Attachment, type Container, type Settings } from "../domain/container.ts";
import type { Gpus } from "../domain/gpu.ts";
import { emptyLedger, record } from "../domain/ledger.ts";
import type { Plan } from "../domain/plan.ts";
import type { Action } from "../domain/step.ts";
import { unnamed } from "./subject.ts";
import type { World } from "./world.ts";

/** Stands in for a run that is not known yet. */
const anyRun = "0".repeat(26);

/** The world as it will be when every step of a plan has succeeded. Used to plan what comes after it in the same request. */
export function predict(world: World, plan: Plan): World {
  const { ctid } = plan.request;
  let container = world.inventory.containers.get(ctid) ?? null;
  let ledger = world.ledgers.get(ctid) ?? emptyLedger;
  for (const { action } of plan.steps) {
    container = after(container, ctid, action, world);
    ledger = record(ledger, action);
  }
  if (container === null) return world;
  const stops = plan.steps.some(({ action }) => action.do === "stop" || action.do === "restore");
  return {
    ...world,
    gpu: stops ? { ...world.gpu, seen: without(ctid, world.gpu.seen) } : world.gpu,
    inventory: { ...world.inventory, containers: new Map(world.inventory.containers).set(ctid, container) },
    ledgers: new Map(world.ledgers).set(ctid, ledger),
  };
}

function after(container: Container | null, ctid: number, action: Action, world: World): Container | null {
  if (action.do === "create") return created(ctid, action, world);
  if (container === null) return null;
  switch (action.do) {
    case "configure":
      return configured(container, action.settings);
    case "attach":
      return { ...container, attachments: attached(container.attachments, action), detached: [] };
    case "start":
      return { ...container, state: "running" };
    case "stop":
    case "restore":
      return { ...container, state: "stopped" };
    case "snapshot": {
      const others = container.snapshots.filter(({ name }) => name !== action.name);
      const parent = others.at(-1)?.name ?? null;
      const taken = { name: action.name, created: null, parent, description: action.description };
      const { schedule } = readDescription(markDescription(action.description, anyRun));
      return { ...container, snapshots: [...others, { ...taken, run: null, schedule }] };
    }
    case "delete-snapshot":
      return { ...container, snapshots: container.snapshots.filter(({ name }) => name !== action.name) };
    case "destroy":
      return null;
    case "preflight":
    case "wait":
    case "await":
    case "memory-back":
    case "ready":
    case "feature":
    case "application":
    case "health":
      return container;
  }
}

/** The GPUs when nothing of the container is on them any more. */
function without(ctid: number, seen: Gpus): Gpus {
  if (!seen.known) return seen;
  const gpus = seen.gpus.map((gpu) => {
    const own = gpu.processes.filter((process) => process.ctid === ctid);
    const freed = own.reduce((sum, { used_mib }) => sum + (used_mib ?? 0), 0);
    const used_mib = gpu.used_mib === null ? null : Math.max(0, gpu.used_mib - freed);
    return { ...gpu, used_mib, processes: gpu.processes.filter((process) => !own.includes(process)) };
  });
  return { known: true, gpus };
}

function configured(container: Container, wanted: Settings): Container {
  const changed = settingChanges(container.settings, wanted).map(({ key, to }) => [key, to]);
  const all: Settings = { ...container.settings, ...Object.fromEntries(changed) };
  const settings = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  // Access that the settings did not give, they do not take away either.
  const besides = container.gpu_access && (container.settings.gpus ?? "") === "";
  return { ...container, settings, gpu_access: besides || (all.gpus ?? "") !== "" };
}

function created(ctid: number, action: Extract<Action, { do: "create" }>, world: World): Container {
  const source = action.origin.from === "template" ? undefined : world.inventory.containers.get(action.origin.source);
  return {
    ctid,
    name: action.name,
    state: "stopped",
    lock: null,
    settings: action.settings,
    gpu_access: (action.settings.gpus ?? "") !== "",
    attachments: [],
    detached: [],
    snapshots: [],
    snapshot_support: source?.snapshot_support ?? { can: "any" },
    clone_support: source?.clone_support ?? { can: "any" },
  };
}

function attached(before: readonly Attachment[], action: Extract<Action, { do: "attach" }>): readonly Attachment[] {
  const wanted: readonly Attachment[] = [
    ...action.volumes.map(({ mount_point, snapshot }) => ({
      kind: "volume" as const,
      source: unnamed,
      container_path: mount_point,
      in_snapshots: snapshot,
    })),
    ...action.mounts.map(({ host_path, container_path }) => ({
      kind: "bind" as const,
      source: host_path,
      container_path,
      in_snapshots: false,
    })),
  ];
  const all = [...before, ...action.keep, ...wanted];
  return [...new Map(all.toReversed().map((each) => [each.container_path, each])).values()].toReversed();
}
