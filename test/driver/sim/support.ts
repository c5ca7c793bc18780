// What the simulation's own tests are written with, beside the contract's tools.
import type { Ctid } from "../../../src/agent/domain/container.ts";
import { callNames, type CallName } from "../../../src/agent/driver/sim/calls.ts";
import type { FaultRule } from "../../../src/agent/driver/sim/faults.ts";
import type { SimOptions } from "../../../src/agent/driver/sim/options.ts";
import { simDriver, type SimDriver } from "../../../src/agent/driver/sim/sim.ts";
import { memoryStorage, type Storage } from "../../../src/agent/driver/sim/storage.ts";
import { virtualClock } from "../../../src/agent/driver/sim/virtual-clock.ts";
import type { Call } from "../../../src/agent/driver/driver.ts";
import { attaching, call, collected, taking } from "../contract/bench.ts";

export const ctid = 950;
export const script = "#!/bin/sh\n# sim: write /installed yes\n";

/** A driver on a clock that jumps by itself. */
export function sim(options: Partial<SimOptions> = {}): SimDriver {
  return simDriver({ clock: virtualClock("auto"), ...options });
}

/** A container with two snapshots, a pushed script and something wanted that it has not. */
export function prepared(storage: Storage, running: boolean): void {
  const { outside } = sim({ storage });
  outside.add(ctid, { pool: "tank", settings: { memory_mb: "128", cores: "1" } });
  outside.write(ctid, "/file", "then\n");
  outside.snapshot(ctid, "old");
  outside.write(ctid, "/file", "now\n");
  outside.write(ctid, "/run.sh", script);
  if (running) outside.start(ctid);
}

interface Sample {
  readonly running: boolean;
  readonly act: (driver: SimDriver, call: Call) => Promise<unknown>;
}

const volumes = ["/data", "/more"].map((path) => ({ name: path.slice(1), pool: "tank", size_gb: 1, mount_point: path, snapshot: false }));
const file = (name: string) => ({ name, content: Buffer.from(script), mode: 0o700 });
const creation = (id: Ctid) =>
  ({
    do: "create",
    origin: { from: "clone", source: ctid, snapshot: "old" },
    name: `ct${id}`,
    pool: "tank",
    unprivileged: true,
    settings: {},
  }) as const;

/** One of each call, on the prepared container; 951 is what create makes. */
export const samples: Readonly<Record<CallName, Sample>> = {
  create: { running: false, act: (d, c) => d.create(951, creation(951), c) },
  // Somebody else's, which stays as it is; what a run has made itself: faults.test.ts.
  destroy: { running: true, act: (d, c) => d.destroy(ctid, c) },
  configure: { running: true, act: (d, c) => d.configure(ctid, { memory_mb: "256", cores: "2" }, c) },
  attach: { running: false, act: (d, c) => d.attach(ctid, attaching({ volumes }), c) },
  start: { running: false, act: (d, c) => d.start(ctid, c) },
  stop: { running: true, act: (d, c) => d.stop(ctid, { how: "graceful", timeout_s: 30 }, c) },
  snapshot: { running: true, act: (d, c) => d.snapshot(ctid, taking("new"), c) },
  restore: { running: true, act: (d, c) => d.restore(ctid, "old", c) },
  deleteSnapshot: { running: true, act: (d, c) => d.deleteSnapshot(ctid, "old", c) },
  exec: { running: true, act: (d, c) => d.exec(ctid, { argv: ["sh", "/run.sh"], env: {}, stdin: "none", output: collected().output }, c) },
  runInside: {
    running: true,
    act: (d, c) =>
      d.runInside(ctid, { folder: "/tmp/run", files: [file("a"), file("b")], main: "a" }, { env: {}, output: collected().output }, c),
  },
  runOnHost: { running: true, act: (d, c) => d.runOnHost(ctid, file("host.sh"), { env: {}, output: collected().output }, c) },
  endLeftovers: { running: true, act: (d, c) => d.endLeftovers(ctid, c.run) },
};

export const moments = ["before", "during", "after"] as const;
export const every = callNames.flatMap((name) => moments.map((when) => ({ name, when })));

/** What the platform is like, without what differs between two ways of getting there. */
export function looks(storage: Storage): unknown {
  const { struck: _struck, last_pid: _pid, ...model } = storage.read();
  return JSON.parse(JSON.stringify(model, (key, value: unknown) => (key === "created" ? null : value)));
}

/** Makes a sample's call on a platform of its own with one fault, and gives the platform and what came of it. */
export async function struckOnce(
  name: CallName,
  rule: Omit<FaultRule, "call" | "nth">,
  signal?: AbortSignal,
): Promise<{ readonly storage: Storage; readonly came: "done" | "crashed" | { readonly error: unknown } }> {
  const storage = memoryStorage();
  prepared(storage, samples[name].running);
  const { promise: crashed, resolve: crash } = Promise.withResolvers<"crashed">();
  const driver = sim({ storage, faults: [{ ...rule, call: name, nth: 1 }], crash: () => crash("crashed") });
  const done = samples[name].act(driver, call(undefined, signal)).then(
    () => "done" as const,
    (error: unknown) => ({ error }),
  );
  return { storage, came: await Promise.race([crashed, done]) };
}

/** What the platform is like after a sample's call that nothing disturbed. */
export async function undisturbed(name: CallName): Promise<unknown> {
  const storage = memoryStorage();
  prepared(storage, samples[name].running);
  await samples[name].act(sim({ storage }), call());
  return looks(storage);
}
