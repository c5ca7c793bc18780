// Random small worlds around one container, 950, that has about everything a container can have.
import fc from "fast-check";
import type { Container, Settings, Snapshot } from "../../src/agent/domain/container.ts";
import type { Ledger } from "../../src/agent/domain/ledger.ts";
import type { RunRequest } from "../../src/agent/domain/plan.ts";
import * as w from "../support/world.ts";

const settings: fc.Arbitrary<Settings> = fc.record(
  {
    memory_mb: fc.constantFrom("1024", "2048"),
    disk_gb: fc.constantFrom("8", "16"),
    network: fc.constantFrom("name=eth0,bridge=vmbr0,ip=dhcp", "name=eth0,bridge=vmbr0,hwaddr=52:54:00:AA:BB:CC,ip=dhcp"),
    nameserver: fc.constantFrom("10.0.0.1", "10.0.0.2"),
    options: fc.constantFrom("nesting=1", "keyctl=1,nesting=1"),
    gpus: fc.constantFrom("0", "0,1"),
    raw: fc.constantFrom("lxc.a=1", "lxc.b=2", "lxc.a=1\nlxc.b=2"),
  },
  { requiredKeys: [] },
);

const applied = fc.constantFrom(
  {},
  { "feature.base": "base v1" },
  { "feature.base": "base v1", "feature.docker": "docker v0", application: "old" },
);
const ledger: fc.Arbitrary<Ledger> = fc.record({
  live: applied,
  snapshots: fc.record({ "pre-configured": applied, "final-form": applied }, { requiredKeys: [] }),
});

const snapshots: fc.Arbitrary<readonly Snapshot[]> = fc
  .shuffledSubarray(["pre-configured", "final-form", "golden", "mine", "phoenix-insurance"])
  .map((names) => names.map((name, at) => w.snapshot(name, w.day(at + 1))));

const paths = ["/data", "/www", "/by-hand"];

const container: fc.Arbitrary<Container> = fc
  .record({
    state: fc.constantFrom("stopped" as const, "running" as const, "stopping" as const),
    settings,
    raw_gpu: fc.boolean(),
    attachments: fc
      .subarray(paths)
      .map((some) => some.map((path) => w.attachment(path === "/data" ? "volume" : "bind", `at${path}`, path))),
    snapshots,
    can: fc.constantFrom("any" as const, "any" as const, "newest" as const),
  })
  .map(({ raw_gpu, can, ...parts }) =>
    w.container({ ...parts, ctid: 950, gpu_access: raw_gpu || (parts.settings.gpus ?? "") !== "", snapshot_support: { can } }),
  );

const config = fc
  .record({
    settings,
    gpus: fc.constantFrom([], [], [0]),
    features: fc.subarray(["base", "docker"]),
    application: fc.constantFrom(null, w.application("950.sh"), w.application("950.sh", "model.py")),
    health: fc.constantFrom(null, w.healthCheck),
    volumes: fc.constantFrom([], [w.volume("/data")]),
    mounts: fc.constantFrom([], [w.mount("/srv/www", "/www")]),
    template_snapshot: fc.constantFrom(null, "golden", "pre-configured", "final-form"),
    power: fc.constantFrom("auto" as const, "on" as const, "off" as const),
    on_failure: fc.constantFrom("restore" as const, "keep" as const),
  })
  .map((parts) => w.config({ ...parts, ctid: 950, settings: { ...parts.settings, gpus: parts.gpus.join(",") } }));

/** A world in which 950 is in the manifest, and mostly on the host. */
export const someWorld = fc
  .record({
    config,
    container: fc.option(container),
    ledger: fc.option(ledger),
    atomic_replace: fc.boolean(),
    live_attach: fc.boolean(),
  })
  .map(({ config: wanted, container: seen, ledger: known, ...capabilities }) =>
    w.world({
      configs: [wanted],
      containers: seen === null ? [] : [seen],
      ledgers: known === null ? {} : { 950: known },
      ...capabilities,
    }),
  );

const power = fc.constantFrom("on" as const, "off" as const, "auto" as const, "manifest" as const);
const on_failure = fc.constantFrom("restore" as const, "keep" as const, "manifest" as const);
const newer = fc.constantFrom("keep" as const, "delete" as const);
const snapshot = fc.constantFrom("pre-configured", "final-form", "mine", "another");

export const orchestrate: fc.Arbitrary<RunRequest> = fc.record({ power, on_failure }).map((options) => w.ask.orchestrate(950, options));

export const letsgo: fc.Arbitrary<RunRequest> = fc.record({ on_failure, newer }).map((options) => w.ask.letsgo(950, options));

/** A request of any kind, with any options. */
export const someRequest: fc.Arbitrary<RunRequest> = fc.oneof(
  orchestrate,
  letsgo,
  fc.record({ power, on_failure }).map((options) => w.ask.orchestrate(950, { ...options, baseline: "replace" })),
  fc.record({ power, on_failure, newer }).map((options) => w.ask.reconfigure(950, options)),
  snapshot.map((name) => w.ask.snapshot(950, name)),
  fc.record({ snapshot, newer }).map((wanted) => w.ask.restore(950, wanted.snapshot, wanted.newer)),
  snapshot.map((name) => w.ask.delete(950, name)),
  fc.constantFrom(w.ask.start(950), w.ask.stop(950), w.ask.restart(950), w.ask.stop(950, "kill")),
);
