import { networkText, type Ctid, type Settings } from "../domain/container.ts";
import type { ContainerShape } from "./container-shape.ts";
import type { ContainerConfig, WantedOrigin } from "./manifest-types.ts";

/** A container of the manifest with every default filled in, from its part of the file that has the right shape. */
export function containerConfig(ctid: Ctid, shape: ContainerShape, raw: ContainerConfig["raw"], defaultStartFrom: Ctid): ContainerConfig {
  return {
    ctid,
    name: shape.name,
    origin: originOf(shape),
    pool: shape.storage_pool,
    unprivileged: shape.unprivileged,
    settings: settingsOf(shape),
    template_snapshot: shape.template_snapshot_name ?? null,
    gpus: shape.gpu_assignment ?? [],
    features: [...new Set(shape.features)],
    application: applicationOf(shape),
    volumes: [...shape.volumes, ...shape.zfs_volumes].map(({ name, pool, size_gb, mount_point, snapshot }) => {
      return { name, pool, size_gb, mount_point: withoutSlash(mount_point), snapshot };
    }),
    mounts: shape.mount_points.map(({ host_path, container_path, owner_uid = null, owner_gid = null }) => {
      return { host_path: withoutSlash(host_path), container_path: withoutSlash(container_path), owner_uid, owner_gid };
    }),
    ready: shape.ready ?? null,
    health: shape.health_check === undefined ? null : healthOf(shape.health_check),
    dependencies: [...new Set(shape.dependencies)],
    boot: { start: shape.start_at_boot ?? ctid >= defaultStartFrom, order: shape.boot_order ?? null, delay_s: shape.boot_delay },
    on_failure: shape.on_failure,
    power: shape.power,
    shutdown_timeout_s: shape.shutdown_timeout_s,
    gpu_memory_mb: shape.gpu_memory_mb ?? null,
    raw,
  };
}

/** Of both, the clone counts, as it always did. */
function originOf(shape: ContainerShape): WantedOrigin {
  if (shape.clone_from_ctid !== undefined) return { from: "clone", source: shape.clone_from_ctid };
  if (shape.template !== undefined) return { from: "template", template: shape.template };
  return { from: "existing" };
}

function settingsOf(shape: ContainerShape): Settings {
  const network = shape.network_config;
  // Whether and when the platform starts it follows from the whole manifest (plan/autostart.ts).
  const wanted: Readonly<Record<Exclude<keyof Settings, "onboot" | "startup">, string | undefined>> = {
    hostname: shape.name,
    memory_mb: shape.memory_mb?.toString(),
    swap_mb: shape.swap_mb?.toString(),
    cores: shape.cores?.toString(),
    disk_gb: shape.storage_size_gb?.toString(),
    network:
      network &&
      networkText({
        name: network.name,
        bridge: network.bridge,
        ip: network.ip ?? null,
        gateway: network.gw ?? null,
        hwaddr: shape.mac_address ?? null,
      }),
    nameserver: network && lines(network.nameservers, " "),
    // An empty list says nothing: feature scripts on the host set options of their own, and those have to stay.
    options: lines([...new Set(shape.pct_options)].toSorted(), ","),
    gpus: shape.gpu_assignment?.join(","),
    raw: lines([...new Set(shape.lxc_options)].toSorted(), "\n"),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

function lines(items: readonly string[], separator: string): string | undefined {
  return items.length === 0 ? undefined : items.join(separator);
}

function applicationOf(shape: ContainerShape): ContainerConfig["application"] {
  const script = shape.application_script;
  if (script === undefined) return null;
  const files = [...new Set(shape.application_files)].filter((file) => file !== script);
  return { script, files, timeout_s: shape.timeout_s };
}

function healthOf(check: NonNullable<ContainerShape["health_check"]>): ContainerConfig["health"] {
  return { command: check.command, retries: check.retries, interval_s: check.interval };
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}
