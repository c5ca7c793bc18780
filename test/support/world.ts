// Small worlds for tests of plans: everything has a sensible default, so that a test says only what it is about.
import type { ContainerConfig, Manifest, Problem } from "../../src/agent/config/manifest-types.ts";
import type {
  Attachment,
  Autostart,
  Container,
  Ctid,
  SettingKey,
  Snapshot,
  WantedMount,
  WantedVolume,
} from "../../src/agent/domain/container.ts";
import type { Gpu } from "../../src/agent/domain/gpu.ts";
import type { Lease } from "../../src/agent/domain/lease.ts";
import type { Ledger } from "../../src/agent/domain/ledger.ts";
import type { BlobHash } from "../../src/agent/domain/step.ts";
import type { Plan, RunRequest } from "../../src/agent/domain/plan.ts";
import { applicationOf, featureFile } from "../../src/agent/plan/provision.ts";
import { subjectOf } from "../../src/agent/plan/subject.ts";
import type { World } from "../../src/agent/plan/world.ts";

/** Noon of a day in November 2026. */
export function day(date: number): number {
  return Date.UTC(2026, 10, date, 12);
}

/** A container of the manifest: no features, no application, no network, restored when it fails. */
export function config(wanted: { readonly ctid: Ctid } & Partial<ContainerConfig>): ContainerConfig {
  const name = wanted.name ?? `c${wanted.ctid}`;
  return {
    name,
    origin: { from: "template", template: "base.tar" },
    pool: "tank",
    unprivileged: true,
    template_snapshot: null,
    gpus: [],
    features: [],
    application: null,
    volumes: [],
    mounts: [],
    ready: null,
    health: null,
    dependencies: [],
    boot: { start: true, order: null, delay_s: 0 },
    on_failure: "restore",
    power: "auto",
    shutdown_timeout_s: 60,
    gpu_memory_mb: null,
    raw: { name },
    ...wanted,
    settings: { hostname: name, memory_mb: "2048", cores: "2", ...wanted.settings },
  };
}

/** An application script, and its health check. */
export function application(script: string, ...files: readonly string[]): NonNullable<ContainerConfig["application"]> {
  return { script, files, timeout_s: 1800 };
}

export const healthCheck: NonNullable<ContainerConfig["health"]> = { command: "curl -fs localhost", retries: 3, interval_s: 5 };

export function snapshot(name: string, created: number | null = null, run: string | null = null): Snapshot {
  return { name, created, parent: null, description: "", run, schedule: null };
}

/** Both snapshots that Phoenix takes: the base of the 1st, the final form of the 2nd. */
export const bothSnapshots = [snapshot("pre-configured", day(1)), snapshot("final-form", day(2))];

/** A container of the host: stopped, with the settings that config() wants, without snapshots. */
export function container(seen: { readonly ctid: Ctid } & Partial<Container>): Container {
  const name = seen.name ?? `c${seen.ctid}`;
  return {
    name,
    state: "stopped",
    lock: null,
    gpu_access: false,
    attachments: [],
    detached: [],
    snapshots: [],
    snapshot_support: { can: "any" },
    clone_support: { can: "any" },
    ...seen,
    settings: seen.settings ?? { hostname: name, memory_mb: "2048", cores: "2" },
  };
}

export function volume(mount_point: string, parts: Partial<WantedVolume> = {}): WantedVolume {
  return { name: mount_point.slice(1), pool: "tank", size_gb: 8, mount_point, snapshot: false, ...parts };
}

export function mount(host_path: string, container_path: string): WantedMount {
  return { host_path, container_path, owner_uid: null, owner_gid: null };
}

export function attachment(kind: "volume" | "bind", source: string, container_path: string): Attachment {
  return { kind, source, container_path, in_snapshots: false };
}

export interface WorldParts {
  readonly configs?: readonly ContainerConfig[];
  readonly broken?: ReadonlyMap<Ctid, readonly Problem[]>;
  readonly containers?: readonly Container[];
  readonly ledgers?: Readonly<Record<Ctid, Ledger>>;
  /** Containers whose live state and snapshots have everything of the manifest in them. */
  readonly provisioned?: readonly Ctid[];
  /** Files by name, with their contents' hashes. By default all that the configs ask for are there, features as scripts for inside. */
  readonly scripts?: Readonly<Record<string, BlobHash>>;
  readonly features?: Readonly<Record<string, BlobHash>>;
  readonly platform?: World["platform"];
  readonly atomic_replace?: boolean;
  readonly live_settings?: readonly SettingKey[];
  readonly live_attach?: boolean;
  readonly free_bytes?: Readonly<Record<string, number>>;
  readonly autostart?: Autostart;
  readonly active?: Readonly<Record<Ctid, string>>;
  readonly leases?: readonly Lease[];
  readonly protections?: World["protections"];
  /** null: nothing is known of them. */
  readonly gpus?: readonly Gpu[] | null;
  /** Minutes for which containers have been idle; 10 count as idle. */
  readonly idle?: Readonly<Record<Ctid, number>>;
}

/** What is wanted and what is there. */
export function world(parts: WorldParts): World {
  const configs = parts.configs ?? [];
  const base: World = {
    platform: parts.platform ?? "sim",
    capabilities: {
      atomic_replace: parts.atomic_replace ?? true,
      live_settings: parts.live_settings ?? ["hostname", "memory_mb", "swap_mb", "cores", "disk_gb", "nameserver"],
      live_attach: parts.live_attach ?? false,
    },
    config_version: null,
    manifest: manifest(configs, parts.broken ?? new Map()),
    inventory: {
      containers: new Map((parts.containers ?? []).map((each) => [each.ctid, each])),
      machines: new Map(),
      autostart: parts.autostart ?? { by: "nothing" },
      free_bytes: new Map(Object.entries(parts.free_bytes ?? {})),
    },
    ledgers: new Map(numbered(parts.ledgers ?? {})),
    gpu: {
      seen: parts.gpus == null ? { known: false, why: "there is no nvidia-smi" } : { known: true, gpus: parts.gpus },
      idle: new Map(numbered(parts.idle ?? {}).map(([ctid, minutes]) => [ctid, minutes * 60_000])),
      idle_after_ms: 10 * 60_000,
      memory_back_s: 30,
    },
    leases: new Map((parts.leases ?? []).map((lease) => [lease.ctid, lease])),
    protections: parts.protections ?? [],
    files: {
      scripts_folder: "/scripts",
      features_folder: "/features",
      scripts: new Map(Object.entries(parts.scripts ?? scriptsOf(configs))),
      features: new Map(Object.entries(parts.features ?? featuresOf(configs))),
    },
    pushed_manifest: ({ ctid, raw }) => ({ blob: `part of ${ctid}`, relevant: JSON.stringify(raw) }),
    content: (hash) => Buffer.from(hash),
    active: new Map(numbered(parts.active ?? {})),
  };
  const full = (parts.provisioned ?? []).map((ctid): [Ctid, Ledger] => [ctid, fullLedger(ctid, base)]);
  return { ...base, ledgers: new Map([...base.ledgers, ...full]) };
}

/** The ledger of a container that has been provisioned with everything, as the manifest and the scripts are now. */
export function fullLedger(ctid: Ctid, known: World): Ledger {
  const subject = subjectOf(ctid, known);
  if (subject.config === null) throw new Error(`${ctid} is not in the manifest of this test`);
  const features = Object.fromEntries(
    subject.config.features.map((name) => [`feature.${name}`, featureFile(name, known)?.blob ?? `no file for ${name}`]),
  );
  const found = applicationOf(subject, subject.config);
  const live = found === null ? features : { ...features, application: found.hash };
  return { live, snapshots: { "pre-configured": features, "final-form": live } };
}

function manifest(configs: readonly ContainerConfig[], broken: Manifest["broken"]): Manifest {
  const containers = new Map(configs.map((each) => [each.ctid, each]));
  return { file: "/etc/manifest.json", hash: "hash of the manifest", containers, broken, top: {}, problems: [] };
}

function scriptsOf(configs: readonly ContainerConfig[]): Readonly<Record<string, BlobHash>> {
  const names = configs.flatMap((each) => (each.application === null ? [] : [each.application.script, ...each.application.files]));
  return Object.fromEntries(names.map((name) => [name, `${name} v1`]));
}

function featuresOf(configs: readonly ContainerConfig[]): Readonly<Record<string, BlobHash>> {
  const names = configs.flatMap((each) => each.features);
  return Object.fromEntries(names.map((name) => [`${name}.sh`, `${name} v1`]));
}

function numbered<T>(record: Readonly<Record<number, T>>): readonly (readonly [number, T])[] {
  return Object.entries(record).map(([key, value]) => [Number(key), value]);
}

/** What somebody asks for who gives no options. */
export const ask = {
  orchestrate: (ctid: Ctid, options: Partial<Extract<RunRequest, { kind: "orchestrate" }>> = {}): RunRequest => ({
    kind: "orchestrate",
    ctid,
    on_failure: "manifest",
    power: "manifest",
    baseline: "keep",
    ...options,
  }),
  reconfigure: (ctid: Ctid, options: Partial<Extract<RunRequest, { kind: "reconfigure" }>> = {}): RunRequest => ({
    kind: "reconfigure",
    ctid,
    on_failure: "manifest",
    power: "manifest",
    newer: "keep",
    ...options,
  }),
  letsgo: (ctid: Ctid, options: Partial<Extract<RunRequest, { kind: "letsgo" }>> = {}): RunRequest => ({
    kind: "letsgo",
    ctid,
    on_failure: "manifest",
    newer: "keep",
    ...options,
  }),
  snapshot: (ctid: Ctid, name: string, description = ""): RunRequest => ({ kind: "snapshot", ctid, snapshot: name, description }),
  restore: (ctid: Ctid, name: string, newer: "keep" | "delete" = "keep"): RunRequest => ({ kind: "restore", ctid, snapshot: name, newer }),
  delete: (ctid: Ctid, name: string): RunRequest => ({ kind: "delete", ctid, snapshot: name }),
  start: (ctid: Ctid): RunRequest => ({ kind: "start", ctid }),
  stop: (ctid: Ctid, how: "graceful" | "kill" = "graceful"): RunRequest => ({ kind: "stop", ctid, how }),
  restart: (ctid: Ctid, how: "graceful" | "kill" = "graceful"): RunRequest => ({ kind: "restart", ctid, how }),
};

/** A plan as a person reads it: its steps as "id | title | detail", then what undoes it, what forbids it, what it warns of. */
export function planText({ steps, undo, blockers, warnings }: Plan): string {
  return [
    ...steps.map(stepText),
    ...undo.map((step) => `undo: ${stepText(step)}`),
    ...blockers.map(({ reason, ctid, message, remedy }) => `${ctid} ${reason}: ${message} -> ${remedy}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}

function stepText({ id, title, detail }: Plan["steps"][number]): string {
  return [id, title, ...(detail === "" ? [] : [detail])].join(" | ");
}

/** Expected lines, written as an indented block in backticks. */
export function lines(block: string): string {
  return block
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
