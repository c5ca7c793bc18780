import type { ContainerConfig, Manifest } from "../../../src/agent/config/manifest-types.ts";
import type { Container, Inventory } from "../../../src/agent/domain/container.ts";
import type { Lease } from "../../../src/agent/domain/lease.ts";
import type { Ledger } from "../../../src/agent/domain/ledger.ts";
import type { World } from "../../../src/agent/plan/world.ts";

/** A container of the manifest that wants nothing in particular. */
export function config(over: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    ctid: 950,
    name: "llm",
    origin: { from: "template", template: "debian" },
    pool: "",
    unprivileged: true,
    settings: {},
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
    raw: {},
    ...over,
  };
}

/** A running container with both of its snapshots. */
export function container(over: Partial<Container> = {}): Container {
  const snapshot = (name: string) => ({
    name,
    created: 1_700_000_000_000,
    parent: null,
    description: `${name} it is`,
    run: null,
    schedule: null,
  });
  return {
    ctid: 950,
    name: "llm",
    state: "running",
    lock: null,
    settings: {},
    gpu_access: false,
    attachments: [],
    detached: [],
    snapshots: [snapshot("pre-configured"), snapshot("final-form")],
    snapshot_support: { can: "any" },
    clone_support: { can: "any" },
    ...over,
  };
}

interface Given {
  readonly configs?: readonly ContainerConfig[];
  readonly containers?: readonly Container[];
  readonly ledgers?: ReadonlyMap<number, Ledger>;
  readonly broken?: Manifest["broken"];
  readonly problems?: Manifest["problems"];
  readonly scripts?: readonly (readonly [string, string])[];
  readonly features?: readonly (readonly [string, string])[];
  readonly leases?: readonly Lease[];
  readonly protections?: World["protections"];
  readonly active?: readonly (readonly [number, string])[];
}

/** A host and its manifest. */
export function world(given: Given = {}): World {
  const by = <T extends { readonly ctid: number }>(all: readonly T[]) => new Map(all.map((each) => [each.ctid, each]));
  const manifest: Manifest = {
    file: "/etc/manifest.json",
    hash: "ab".repeat(32),
    containers: by(given.configs ?? []),
    broken: given.broken ?? new Map(),
    top: {},
    problems: given.problems ?? [],
  };
  const inventory: Inventory = {
    containers: by(given.containers ?? []),
    machines: new Map(),
    autostart: { by: "nothing" },
    free_bytes: new Map(),
  };
  return {
    platform: "sim",
    capabilities: { atomic_replace: true, live_settings: [], live_attach: true },
    config_version: null,
    manifest,
    inventory,
    ledgers: given.ledgers ?? new Map(),
    leases: by(given.leases ?? []),
    protections: given.protections ?? [],
    gpu: { seen: { known: false, why: "there is no nvidia-smi" }, idle: new Map(), idle_after_ms: 600_000, memory_back_s: 30 },
    files: { scripts_folder: "/scripts", features_folder: "/features", scripts: new Map(given.scripts), features: new Map(given.features) },
    pushed_manifest: () => ({ blob: "c".repeat(64), relevant: "d".repeat(64) }),
    content: () => new Uint8Array(),
    active: new Map(given.active),
  };
}
