import {
  toTimestamp,
  type Container__Output,
  type ContainerState__Output,
  type Health__Output,
  type Mount__Output,
  type Setting__Output,
  type Snapshot__Output,
} from "../../../proto/index.ts";
import type { BootOwner } from "../domain/boot.ts";
import { readDescription, settingKeys, type Container, type ContainerState, type Ctid, type Snapshot } from "../domain/container.ts";
import { isProtected, type Protection } from "../domain/protection.ts";
import { hasGpuAccess, subjectOf, type Subject } from "../plan/subject.ts";
import type { World } from "../plan/world.ts";
import type { HealthVerdict } from "./host-view.ts";
import { notesOn } from "./notes.ts";

const healths: Readonly<Record<HealthVerdict, Health__Output>> = {
  unknown: "HEALTH_UNSPECIFIED",
  healthy: "HEALTH_HEALTHY",
  unhealthy: "HEALTH_UNHEALTHY",
};

/** Every container of the host and of the manifest, those with errors there included, by id. */
export function knownCtids(world: World): readonly Ctid[] {
  const { manifest, inventory } = world;
  const all = new Set([...inventory.containers.keys(), ...manifest.containers.keys(), ...manifest.broken.keys()]);
  return [...all].sort((a, b) => a - b);
}

/** What containers are looked up in: the world, and the owner of boots in it. */
export interface Seen {
  readonly world: World;
  readonly owner: BootOwner;
}

/** One container for the caller: what is there and what is wanted, put together. */
export function toContainer(ctid: Ctid, { world, owner }: Seen, health: HealthVerdict, detail: "brief" | "full"): Container__Output {
  const subject = subjectOf(ctid, world);
  const { config, container } = subject;
  const full = detail === "full";
  const order = config?.boot.order ?? null;
  return {
    ctid,
    name: subject.name,
    state: stateName(container?.state ?? "absent"),
    // What the last check said is no news of one that does not run.
    health: healths[container?.state === "running" ? health : "unknown"],
    lock: container?.lock ?? "",
    gpus: hasGpuAccess(subject) ? gpusOf(subject) : "",
    ...(order === null ? {} : { boot_order: order }),
    start_at_boot: config?.boot.start ?? false,
    in_manifest: config !== null || world.manifest.broken.has(ctid),
    snapshots: container === null ? [] : container.snapshots.map((snapshot) => toSnapshot(container, snapshot, world.protections)),
    settings: full ? settings(subject) : [],
    mounts: full ? mounts(subject) : [],
    features: full ? features(subject) : [],
    notes: [...notesOn(subject, owner)],
    active_run_id: world.active.get(ctid) ?? "",
  };
}

/** A snapshot for the caller. */
export function toSnapshot(
  container: Pick<Container, "ctid">,
  snapshot: Snapshot,
  protections: readonly Protection[],
  bytes?: number,
): Snapshot__Output {
  const { name, created, parent, description, run, schedule } = snapshot;
  return {
    ctid: container.ctid,
    name,
    created_at: created === null ? null : toTimestamp(created),
    parent: parent ?? "",
    description: readDescription(description).text,
    run_id: run ?? "",
    origin: run === null ? "SNAPSHOT_ORIGIN_HAND" : schedule === null ? "SNAPSHOT_ORIGIN_RUN" : "SNAPSHOT_ORIGIN_SCHEDULE",
    schedule: schedule ?? "",
    protected: isProtected(container, snapshot, protections),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

function stateName(state: ContainerState | "absent"): ContainerState__Output {
  return `CONTAINER_STATE_${state.toUpperCase() as Uppercase<typeof state>}`;
}

/** What it has; where the platform names no indexes, what the manifest says. */
function gpusOf({ config, container }: Subject): string {
  const live = container?.settings.gpus ?? "";
  return live === "" ? (config?.gpus ?? []).join(",") || "?" : live;
}

function settings({ config, container }: Subject): Setting__Output[] {
  return settingKeys.flatMap((name) => {
    const live = container?.settings[name];
    const wanted = config?.settings[name];
    if (wanted === undefined && (live === undefined || live === "Infinity")) return [];
    return [{ name, live: live === "Infinity" ? "unlimited" : (live ?? ""), wanted: wanted ?? "" }];
  });
}

function mounts({ config, container }: Subject): Mount__Output[] {
  const attached = (container?.attachments ?? []).map(({ kind, source, container_path }) => ({
    container_path,
    source,
    volume: kind === "volume",
    attached: true,
  }));
  const wanted = [
    ...(config?.volumes ?? []).map(({ name, mount_point }) => ({
      container_path: mount_point,
      source: name,
      volume: true,
      attached: false,
    })),
    ...(config?.mounts ?? []).map(({ host_path, container_path }) => ({
      container_path,
      source: host_path,
      volume: false,
      attached: false,
    })),
  ];
  return [...attached, ...wanted.filter((each) => !attached.some(({ container_path }) => container_path === each.container_path))];
}

function features({ ledger }: Subject): string[] {
  return Object.keys(ledger.live).flatMap((key) => (key.startsWith("feature.") ? [key.slice("feature.".length)] : []));
}
