import type { ContainerConfig } from "../config/manifest-types.ts";
import { parseNetwork, settingChanges, type Attachment, type Settings, type Snapshot } from "../domain/container.ts";
import type { Action, HeldMemory, IfStopped, Origin, Probe, PushedFile, Step } from "../domain/step.ts";
import { gib, sumOf } from "./gpu-use.ts";
import { insurance, unnamed, type Subject } from "./subject.ts";
import { attachmentsText, changesText, ofTime, taken } from "./words.ts";

/** Time limits in seconds. They end what hangs; they are no expectation. */
export const limits = { brief: 60, storage: 600, boot: 180, download: 3600 };

/** Seconds that a container without a manifest entry gets to shut down. */
export const shutdownTimeout = 60;

/** The detail of a start that finds its container running. */
export const alreadyRunning = "it is running already";

/** What a step is made of; what is missing has the usual value. */
type Parts = Pick<Step, "id" | "title" | "action"> & Partial<Omit<Step, "id" | "title" | "action">>;

/** A step that is tried once, as plans are made of. Platform locks are transient, so what touches the platform may be tried again. */
function step(parts: Parts): Step {
  const attempts = patient.has(parts.action.do) ? 3 : 1;
  return { detail: "", timeout_s: limits.brief, attempts, backoff_s: 2, if_stopped: "leave", again: [], ...parts };
}

/** Actions that may be tried again after a transient failure: their drivers do only what is left to do. */
const patient: ReadonlySet<Action["do"]> = new Set<Action["do"]>([
  "create",
  "destroy",
  "configure",
  "attach",
  "start",
  "stop",
  "snapshot",
  "restore",
  "delete-snapshot",
]);

/** The same steps under another name and with another consequence: "undo.start" beside "start". */
export function retag(prefix: "undo" | "again", if_stopped: IfStopped, steps: readonly Step[]): readonly Step[] {
  return ifStopped(if_stopped, steps).map((each) => ({ ...each, id: `${prefix}.${each.id}` }));
}

/** The same steps with another consequence, which is also that of what they stand on when it is made again. */
export function ifStopped(if_stopped: IfStopped, steps: readonly Step[]): readonly Step[] {
  return steps.map((each) => ({ ...each, if_stopped, again: ifStopped(if_stopped, each.again) }));
}

export function preflight(detail: string): Step {
  return step({ id: "preflight", title: "preflight", detail, action: { do: "preflight" } });
}

export function create(config: ContainerConfig, origin: Origin): Step {
  const { name, pool, unprivileged, settings } = config;
  return created({ origin, name, pool, unprivileged, settings });
}

/** A new container. */
export function created(parts: Omit<Extract<Action, { do: "create" }>, "do">): Step {
  const { origin } = parts;
  const title = origin.from === "template" ? "create" : "clone";
  return step({ id: "create", title, detail: originText(origin), timeout_s: limits.download, action: { do: "create", ...parts } });
}

function originText(origin: Origin): string {
  switch (origin.from) {
    case "template":
      return `from ${origin.template}`;
    case "clone":
      return `from ${origin.snapshot} of ${origin.source}`;
    case "live":
      return `from ${origin.source} as it is now`;
  }
}

/** Takes away the container that the run has made. */
export function destroy(): Step {
  return step({ id: "destroy", title: "take the clone away", timeout_s: limits.storage, action: { do: "destroy" } });
}

/** Sets what is wanted. `live` is what the container has at that point as far as it is known, for the words only. */
export function configure(settings: Settings, live: Settings, why = "as in the manifest"): Step {
  const changes = settingChanges(live, settings);
  const detail = changes.length === 0 ? why : changesText(changes);
  return step({ id: "settings", title: "settings", detail, timeout_s: limits.storage, action: { do: "configure", settings } });
}

/**
 * Attaches the manifest's volumes and mounts, and what was attached besides. No step when there is nothing of both. A volume that
 * is foreseen only is found by what the manifest says of it.
 */
export function attach(config: Pick<ContainerConfig, "volumes" | "mounts"> | null, attached: readonly Attachment[]): readonly Step[] {
  const keep = attached.filter(({ source }) => source !== unnamed);
  const volumes = config?.volumes ?? [];
  const mounts = config?.mounts ?? [];
  const wanted = [
    ...volumes.map((volume) => ({ kind: "volume" as const, container_path: volume.mount_point })),
    ...mounts.map((mount) => ({ kind: "bind" as const, container_path: mount.container_path })),
  ];
  const others = keep.filter((kept) => !wanted.some((each) => each.container_path === kept.container_path));
  const all = [...wanted, ...others];
  if (all.length === 0) return [];
  const detail = attachmentsText(all);
  return [
    step({ id: "attach", title: "volumes and mounts", detail, timeout_s: limits.storage, action: { do: "attach", volumes, mounts, keep } }),
  ];
}

/** Lets so many seconds pass. */
export function wait(seconds: number): Step {
  const timeout_s = Math.ceil(seconds) + limits.brief;
  return step({ id: "wait", title: "boot delay", detail: `${seconds} s`, timeout_s, action: { do: "wait", seconds } });
}

/** Waits until a virtual machine, or a container that is not in the manifest, runs. */
export function awaitOutsider(id: number): Step {
  // A second more, so that it can say itself what it has waited for.
  const timeout_s = limits.boot + 1;
  return step({ id: `await.${id}`, title: `wait for ${id}`, detail: "until it runs", timeout_s, action: { do: "await", id } });
}

export function start(detail = ""): Step {
  return step({ id: "start", title: "start", detail, timeout_s: limits.boot, action: { do: "start" } });
}

export function ready(config: ContainerConfig | null): Step {
  const probe = probeOf(config);
  const detail = probe.by === "command" ? probe.command : probe.network === "none" ? "init is up" : "init and network are up";
  return step({
    id: "ready",
    title: "ready",
    detail,
    timeout_s: limits.boot,
    action: { do: "ready", probe },
    again: retag("again", "leave", [start()]),
  });
}

function probeOf(config: ContainerConfig | null): Probe {
  if (config !== null && config.ready !== null) return { by: "command", command: config.ready };
  const text = config?.settings.network ?? "";
  if (text === "") return { by: "agent", network: "none" };
  const { ip, gateway } = parseNetwork(text);
  return { by: "agent", network: gateway !== null || ip === "dhcp" ? "default route" : "addresses" };
}

/** Left running: a start that has nothing to do unless the container was stopped since. */
export function running(detail: string): Step {
  return { ...start(detail), id: "running", title: "running", if_stopped: "commit" };
}

/** Asks the container to shut down, and ends it when it has not after so many seconds. */
export function shutDown(timeout_s: number, detail: string): Step {
  return step({
    id: "stop",
    title: "shut down",
    detail,
    timeout_s: timeout_s + limits.boot,
    action: { do: "stop", how: "graceful", timeout_s },
  });
}

/** Ends the container at once. */
export function kill(detail: string): Step {
  return step({ id: "stop", title: "stop", detail, action: { do: "stop", how: "kill" } });
}

/** Sees that GPU memory is free again. */
export function memoryBack(held: readonly HeldMemory[], within_s: number): Step {
  const mib = sumOf(held.map(({ used_mib }) => used_mib));
  const gpus = held.map(({ index }) => index).join(", ");
  const detail = `${held.length === 0 || mib === null ? "" : `${gib(mib)} of GPU ${gpus} `}within ${within_s} s`;
  const action = { do: "memory-back", held, within_s } as const;
  return step({ id: "memory-back", title: "GPU memory back", detail, timeout_s: within_s + limits.brief, if_stopped: "commit", action });
}

export function feature(name: string, where: "inside" | "host", file: string, blob: string, detail: string, again: readonly Step[]): Step {
  const action = { do: "feature", feature: name, where, file, blob } as const;
  return step({ id: `feature.${name}`, title: `feature ${name}`, detail, timeout_s: limits.download, action, again });
}

export function application(
  script: string,
  detail: string,
  files: readonly PushedFile[],
  hash: string,
  timeout_s: number,
  again: readonly Step[],
): Step {
  const action = { do: "application", script, files, hash } as const;
  return step({ id: "application", title: "application script", detail, timeout_s, action, again });
}

export function health(config: ContainerConfig): readonly Step[] {
  if (config.health === null) return [];
  const { command, retries, interval_s } = config.health;
  const again = retag("again", "leave", [start(), ready(config)]);
  const detail = `${command}, ${retries} × ${interval_s} s`;
  const timeout_s = retries * (interval_s + limits.brief);
  return [step({ id: "health", title: "health check", detail, timeout_s, action: { do: "health", command, retries, interval_s }, again })];
}

export function restore(snapshot: Snapshot): Step {
  const detail = [taken(snapshot), "data volumes and bind mounts are left alone"].filter((text) => text !== "").join("; ");
  return step({
    id: "restore",
    title: `restore ${snapshot.name}`,
    detail,
    timeout_s: limits.storage,
    action: { do: "restore", name: snapshot.name },
  });
}

export function deleteSnapshot(snapshot: Snapshot, why: string): Step {
  const id = `delete.${snapshot.name}`;
  return step({
    id,
    title: `delete ${snapshot.name}`,
    detail: why,
    timeout_s: limits.storage,
    action: { do: "delete-snapshot", name: snapshot.name },
  });
}

function snapshot(name: string, description: string, replace: "never" | "atomic", detail: string): Step {
  const action = { do: "snapshot", name, description, replace } as const;
  return step({ id: `snapshot.${name}`, title: `snapshot ${name}`, detail, timeout_s: limits.storage, action });
}

/** Keeps what is there now, under a name of Phoenix's own. */
export function insure(detail: string): Step {
  return { ...snapshot(insurance, "what was there before a restore", "never", detail), id: "insure", title: "keep what is there now" };
}

/** Lets it go again. */
export function uninsure(detail: string): Step {
  return { ...deleteSnapshot(insured, detail), id: "uninsure" };
}

const insured: Snapshot = { name: insurance, created: null, parent: null, description: "", run: null, schedule: null };

/** Back to what was kept. */
export function restoreInsured(): Step {
  return { ...restore(insured), title: "back to what was there", detail: "" };
}

/**
 * Takes a snapshot in the place of `old` (null: there is none), so that there is never a moment without one: atomically
 * where the platform can, otherwise with an insurance. Failing before the old one goes has the consequence `before`.
 */
export function takeSnapshot(
  subject: Subject,
  name: string,
  description: string,
  old: Snapshot | null,
  before: IfStopped,
): readonly Step[] {
  if (old === null) return ifStopped(before, [snapshot(name, description, "never", "there is none")]);
  const kept = ["the one", ofTime(old), "is kept until this one exists"].filter((text) => text !== "").join(" ");
  if (subject.world.capabilities.atomic_replace) return ifStopped(before, [snapshot(name, description, "atomic", kept)]);
  return [
    ...ifStopped(before, [{ ...snapshot(insurance, description, "never", `stands in while ${name} is replaced`), id: `insure.${name}` }]),
    ...ifStopped("commit", [
      deleteSnapshot(old, `makes room for its successor; ${insurance} stands in`),
      snapshot(name, description, "never", "in the place of the old one"),
      { ...deleteSnapshot(insured, `${name} exists again`), id: `uninsure.${name}` },
    ]),
  ];
}
