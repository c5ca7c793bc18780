// A host to try runs on: a simulated platform with virtual time, a manifest and scripts that a test can change, a real store,
// and as many lives of the agent's engine on them as a test wants.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import type { ContainerConfig } from "../../../src/agent/config/manifest-types.ts";
import type { BootBook, BootOwner } from "../../../src/agent/domain/boot.ts";
import type { Clock } from "../../../src/agent/domain/clock.ts";
import type { Container, Ctid } from "../../../src/agent/domain/container.ts";
import type { Journal, RunRecord } from "../../../src/agent/domain/journal.ts";
import type { Said } from "../../../src/agent/domain/event.ts";
import type { Lease } from "../../../src/agent/domain/lease.ts";
import { hasEnded, type RunEvent, type RunId } from "../../../src/agent/domain/run.ts";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import type { FaultRule } from "../../../src/agent/driver/sim/faults.ts";
import type { SimOptions } from "../../../src/agent/driver/sim/options.ts";
import { simDriver, type SimDriver } from "../../../src/agent/driver/sim/sim.ts";
import { memoryStorage, type Storage } from "../../../src/agent/driver/sim/storage.ts";
import { virtualClock, type VirtualClock } from "../../../src/agent/driver/sim/virtual-clock.ts";
import type { World } from "../../../src/agent/plan/world.ts";
import { createBoots, type Boots } from "../../../src/agent/run/boot.ts";
import { createOwners, type Owners } from "../../../src/agent/run/boot-owner.ts";
import { createOrchestrator } from "../../../src/agent/run/engine.ts";
import { createFeed } from "../../../src/agent/run/feed.ts";
import { createHostBoots, type HostBoots } from "../../../src/agent/run/host-boot.ts";
import type { Orchestrator, Wish } from "../../../src/agent/run/orchestrator.ts";
import { bootTables } from "../../../src/agent/store/boots.ts";
import { databaseJournal } from "../../../src/agent/store/journal.ts";
import { migrate } from "../../../src/agent/store/migrate.ts";
import { openStore, type Store } from "../../../src/agent/store/open.ts";
import { migrations } from "../../../src/agent/store/schema.ts";
import { world } from "../../support/world.ts";

/** What wraps a life's parts, to make them fail or die. */
export interface Wrapping {
  readonly journal?: (journal: Journal) => Journal;
  readonly book?: (book: BootBook) => BootBook;
  readonly driver?: (driver: Driver) => Driver;
  readonly clock?: (clock: Clock) => Clock;
}

export interface BenchOptions {
  readonly configs: readonly ContainerConfig[];
  /** Contents of the owner's files by name. */
  readonly scripts?: Record<string, string>;
  readonly features?: Record<string, string>;
  readonly sim?: Partial<Omit<SimOptions, "clock" | "storage" | "faults">>;
  readonly faults?: readonly FaultRule[];
  readonly max_parallel?: number;
  readonly boot_parallel?: number;
  /** "memory": the same tables, without a disk; what a life had not written is lost all the same. */
  readonly store?: "file" | "memory";
  /** Who starts containers at boot while nobody has chosen; the agent by default. */
  readonly configured?: BootOwner;
  readonly leases?: readonly Lease[];
  /** What plans are made from, in place of configs and scripts. */
  readonly gather?: (driver: Driver, journal: Journal) => Promise<World>;
  /** A host as it was once: with what was on its platform and in its store. */
  readonly from?: Frozen;
}

/** A host that was put away, to be taken out as often as one wants. Only one with its store in memory can be. */
export interface Frozen {
  readonly model: string;
  readonly database: Buffer;
  readonly made: number;
}

/** One life of the agent. */
export interface Life {
  readonly orchestrator: Orchestrator;
  readonly boots: Boots;
  readonly owners: Owners;
  readonly host_boots: HostBoots;
  readonly book: BootBook;
  readonly journal: Journal;
  readonly driver: SimDriver;
  /** What it has logged, as "level message". */
  readonly logged: readonly string[];
  /** The same of the host's events, without those of runs. */
  readonly said: readonly string[];
  /** What an agent does when it is started. */
  readonly wake: () => Promise<void>;
  /** Starts a wish for one container, and gives its run's id. */
  readonly begin: (ctid: Ctid, wish: Wish, request_id?: string) => Promise<RunId>;
  /** The run once it has ended. */
  readonly ended: (run: RunId) => Promise<RunRecord>;
  /** Both: the run of this wish, once it has ended. */
  readonly run: (ctid: Ctid, wish: Wish) => Promise<RunRecord>;
}

export interface Bench {
  readonly clock: VirtualClock;
  readonly storage: Storage;
  /** To be changed between runs. */
  readonly manifest: Map<Ctid, ContainerConfig>;
  readonly scripts: Record<string, string>;
  readonly features: Record<string, string>;
  /** Faults of lives that begin from now on. */
  faults: readonly FaultRule[];
  readonly live: (wrapping?: Wrapping, sim?: Partial<SimOptions>) => Life;
  /** The container as the platform shows it. */
  readonly seen: (ctid: Ctid) => Promise<Container>;
  /** What was done to its root file system, without hashes. */
  readonly layers: (ctid: Ctid) => readonly string[];
  /** The boot that lives from now on find themselves in; at first "boot-1". */
  boot_id: string | null;
  /** What the settings of lives from now on say. */
  configured: BootOwner;
  /** What others do to the platform. */
  readonly outside: SimDriver["outside"];
  readonly freeze: () => Frozen;
  readonly dispose: () => void;
}

export const wish = {
  orchestrate: { kind: "orchestrate", on_failure: "manifest", power: "manifest", baseline: "keep" },
  rebaseline: { kind: "orchestrate", on_failure: "manifest", power: "manifest", baseline: "replace" },
  reconfigure: { kind: "reconfigure", on_failure: "manifest", power: "manifest", newer: "keep" },
  letsgo: { kind: "letsgo", on_failure: "manifest", newer: "keep" },
  start: { kind: "start" },
  stop: { kind: "stop", how: "graceful" },
  restart: { kind: "restart", how: "graceful" },
  snapshot: { kind: "snapshot", snapshot: "mine", description: "by the owner" },
  restore: { kind: "restore", snapshot: "final-form", newer: "keep" },
  delete: { kind: "delete", snapshot: "mine" },
  "gpu-shutdown": { kind: "gpu-shutdown", when: "always", leased: "refuse", grace_s: null, why: "asked for" },
  autostart: { kind: "autostart", settings: { onboot: "1", startup: "order=2,down=60" } },
  clone: { kind: "clone", source: 900, of: { at: "now" }, power: "on" },
} as const satisfies Record<string, Wish>;

const sha = (bytes: string) => createHash("sha256").update(bytes).digest("hex");

export function bench(options: BenchOptions): Bench {
  const clock = virtualClock("auto", Date.UTC(2026, 10, 20));
  const storage = memoryStorage();
  storage.change((model) => Object.assign(model, JSON.parse(options.from?.model ?? "{}")));
  const manifest = new Map(options.configs.map((config) => [config.ctid, config]));
  const scripts = { ...options.scripts };
  const features = { ...options.features };
  const store = options.store === "memory" || options.from !== undefined ? memory(options.from) : onDisk();
  const plainSim = simDriver({ ...options.sim, clock, storage });
  let made = options.from?.made ?? 0;

  /** Looks like a ULID, and is another one each time. */
  const newId = () => `01K${String((made += 1)).padStart(23, "0")}`;

  const gather = async (driver: Driver, journal: Journal): Promise<World> => {
    const inventory = await driver.observe();
    const contents = new Map<string, string>();
    const hashed = (files: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => {
          contents.set(sha(text), text);
          return [name, sha(text)];
        }),
      );
    const configs = [...manifest.values()];
    return {
      ...world({ configs, scripts: hashed(scripts), features: hashed(features), leases: options.leases ?? [] }),
      platform: "sim",
      capabilities: driver.capabilities,
      inventory,
      ledgers: journal.ledgers(),
      pushed_manifest: ({ raw }) => {
        const text = JSON.stringify(raw);
        contents.set(sha(text), text);
        return { blob: sha(text), relevant: sha(text) };
      },
      content: (hash) => Buffer.from(contents.get(hash) ?? ""),
    };
  };

  let disposed = false;
  /** Lives of a host that is gone wait for ever, instead of trying again and again. */
  const sleep: Clock["sleep"] = (ms, signal) => (disposed ? new Promise(() => {}) : clock.sleep(ms, signal));

  const live: Bench["live"] = (wrapping = {}, sim = {}) => {
    const opened = store.open();
    const journal = (wrapping.journal ?? same)(opened.journal);
    const book = (wrapping.book ?? same)(opened.boots);
    const simulated = simDriver({ ...options.sim, clock, storage, faults: current.faults, ...sim });
    const driver = (wrapping.driver ?? same)(simulated);
    const logged: string[] = [];
    const said: string[] = [];
    const say = (level: string) => (_fields: object, message: string) => void logged.push(`${level} ${message}`);
    const { max_parallel = 4, boot_parallel = 4 } = options;
    const seen = () => (options.gather ?? gather)(driver, journal);
    const time = (wrapping.clock ?? same)({ now: clock.now, elapsed: clock.elapsed, sleep });
    const orchestrator = createOrchestrator({
      driver,
      journal,
      clock: time,
      log: { trace: () => {}, debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") },
      feed: createFeed(),
      world: seen,
      events: { say: ({ level, message }) => void logged.push(`${level} ${message}`) },
      max_parallel,
      boot_parallel,
      newId,
    });
    const boots = createBoots({ world: seen, journal, orchestrator, max_parallel: boot_parallel });
    const events = { say: ({ level, message }: Said) => void said.push(`${level} ${message}`) };
    const { configured } = current;
    const owners = createOwners({ book, journal, orchestrator, world: seen, clock: time, events, configured });
    const host_boots = createHostBoots({ boot_id: current.boot_id, book, boots, owners, journal, world: seen, clock: time, events });
    const begin: Life["begin"] = async (ctid, asked, request_id = newId()) => {
      const { runs, refused } = await orchestrator.start(request_id, asked, [ctid], "refuse");
      const [run] = runs;
      if (run === undefined)
        throw new Error(`refused: ${refused.flatMap(({ blockers }) => blockers.map(({ message }) => message)).join("; ")}`);
      return run.id;
    };
    const ended: Life["ended"] = async (run) => {
      for await (const { event } of orchestrator.watch(run, 0, new AbortController().signal)) if (event.type === "finished") break;
      return recordOf(journal, run);
    };
    return {
      orchestrator,
      boots,
      owners,
      host_boots,
      book,
      journal,
      driver: simulated,
      logged,
      said,
      wake: async () => {
        host_boots.supersede();
        await orchestrator.recover();
        await owners.resume();
        await host_boots.begin();
      },
      begin,
      ended,
      run: async (ctid, asked) => ended(await begin(ctid, asked)),
    };
  };

  const current: Bench = {
    clock,
    storage,
    manifest,
    scripts,
    features,
    faults: options.faults ?? [],
    boot_id: "boot-1",
    configured: options.configured ?? "agent",
    live,
    seen: async (ctid) => {
      const found = (await plainSim.observe()).containers.get(ctid);
      if (found === undefined) throw new Error(`there is no container ${ctid}`);
      return found;
    },
    layers: (ctid) => plainSim.layers(ctid).map((layer) => layer.replace(/ [0-9a-f]{8}$/, "")),
    outside: plainSim.outside,
    freeze: () => ({ model: JSON.stringify(storage.read()), database: store.serialize(), made }),
    dispose: () => {
      disposed = true;
      store.dispose();
    },
  };
  return current;
}

function same<T>(part: T): T {
  return part;
}

interface OpenStore {
  readonly open: () => Pick<Store, "journal" | "boots">;
  readonly serialize: () => Buffer;
  readonly dispose: () => void;
}

/** Every event is synced to the disk, which costs these tests more than everything else where there is a real one. */
const inMemory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A store in a folder of its own; opening it again closes it first, as a new life of the agent finds it. */
function onDisk(): OpenStore {
  const folder = mkdtempSync(join(inMemory, "phoenix-run-"));
  let store: ReturnType<typeof openStore> | null = null;
  return {
    open: () => {
      store?.close();
      store = openStore(join(folder, "state"));
      return store;
    },
    serialize: () => {
      throw new Error("only a store in memory can be frozen");
    },
    dispose: () => {
      store?.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function memory(from: Frozen | undefined): OpenStore {
  const database = new SQLite(from?.database ?? ":memory:");
  database.pragma("foreign_keys = ON");
  migrate(database, migrations);
  const opened = { journal: databaseJournal(database, "memory"), boots: bootTables(database, "memory") };
  return { open: () => opened, serialize: () => database.serialize(), dispose: () => database.close() };
}

export function recordOf(journal: Journal, run: RunId): RunRecord {
  const record = journal.run(run);
  if (record === null) throw new Error(`there is no run ${run}`);
  return record;
}

/** What a run came to, in words: "succeeded", or "failed at application (EXIT_CODE): what it says of its container". */
export function cameTo({ state }: RunRecord): string {
  const { phase, failure, outcome } = state;
  if (!hasEnded(state)) return `still ${phase}`;
  return failure === null ? `${phase}: ${outcome}` : `${phase} at ${failure.step} (${failure.failure.reason}): ${outcome}`;
}

/** A run's events in short: "begun restore", "done restore", "failed health (UNHEALTHY)", "finished failed". */
export function story(journal: Journal, run: RunId): readonly string[] {
  return journal.events(run, 0, 10_000).flatMap(({ event }) => {
    const told = inShort(event);
    return told === null ? [] : [told];
  });
}

function inShort(event: RunEvent): string | null {
  switch (event.type) {
    case "output":
    case "note":
      return null;
    case "step-started":
      return `begun ${event.step}${event.attempt === 1 ? "" : `, attempt ${event.attempt}`}`;
    case "step-finished":
      return `done ${event.step}`;
    case "step-failed":
      return `failed ${event.step} (${event.failure.reason})${event.retried ? ", to be tried again" : ""}`;
    case "resumed":
      return `resumed ${event.step || "between steps"}: ${event.decision}`;
    case "finished":
      return `finished ${event.ending}`;
    default:
      return event.type;
  }
}

/** The steps that were done, in their order. */
export function doneSteps(journal: Journal, run: RunId): readonly string[] {
  return journal.events(run, 0, 10_000).flatMap(({ event }) => (event.type === "step-finished" ? [event.step] : []));
}
