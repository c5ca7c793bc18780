// The heart of it: the agent is killed at every boundary of every kind of run, and lives again. Nothing may be different from
// what it would have been otherwise.
import * as w from "../support/world.ts";
import { bench, wish, type Bench, type BenchOptions, type Frozen, type Life } from "./support/bench.ts";
import { boundariesOf, survive, type Boundary, type Ended, type Scenario } from "./support/crash.ts";
import { ctid, empty, script, settled, wanted } from "./support/house.ts";

const capabilities = { atomic_replace: true, live_settings: ["memory_mb", "cores"], live_attach: false } as const;
const insured: Partial<BenchOptions> = { sim: { capabilities: { ...capabilities, atomic_replace: false } } };
const onZfs: Partial<BenchOptions> = { sim: { ...insured.sim, pools: { tank: "newest" } } };

const template = w.config({ ctid: 900, template_snapshot: "golden" });
const clone = { ...wanted, origin: { from: "clone", source: 900 } } as const;

/** Put away once, taken out for each death. */
const frozen = new Map<string, Frozen>();
async function put(name: string, host: Bench): Promise<void> {
  frozen.set(name, host.freeze());
  host.dispose();
}

beforeAll(async () => {
  await put("plain", await settled({ store: "memory" }));
  await put("insured", await settled({ store: "memory", ...insured }));
  await put("zfs", await settled({ store: "memory", ...onZfs }));
  const templates = bench({ configs: [template], store: "memory" });
  await templates.live().run(900, wish.orchestrate);
  await put("templates", templates);
});

/** The settled host, with something done to it. */
function from(name: string, options: Partial<BenchOptions> = {}, change: (host: Bench) => void = () => {}): () => Bench {
  return () => {
    const put = frozen.get(name);
    if (put === undefined) throw new Error(`nothing was put away as ${name}`);
    const host = empty({ from: put, ...options });
    change(host);
    return host;
  };
}

const edited = (host: Bench) => {
  host.features["base.sh"] += "# sim: write /base 2\n";
  host.scripts["950.sh"] += "# sim: write /version 2\n";
  const settings = { ...wanted.settings, options: "nesting=1", memory_mb: "4096" };
  host.manifest.set(ctid, { ...wanted, settings, mounts: [...wanted.mounts, w.mount("/srv/more", "/more")] });
};
const broken = (host: Bench) => void (host.scripts["950.sh"] = "#!/bin/sh\n# sim: write /version 2\n# sim: exit 3\n");
const kept = (host: Bench) => {
  broken(host);
  host.manifest.set(ctid, { ...wanted, on_failure: "keep" });
};
const foreign = (host: Bench) => {
  const { outside } = host.live().driver;
  outside.add(ctid, { name: "vllm", pool: "tank", settings: { memory_mb: "512" } });
  outside.start(ctid);
};
const slow = (host: Bench) => void (host.scripts["950.sh"] = `${script}# sim: sleep 600\n`);
const withMine = (host: Bench) => host.live().driver.outside.snapshot(ctid, "mine");
const stopped = (host: Bench) => host.live().driver.outside.stop(ctid);

/** Somebody cancels while the application runs. */
async function cancelled({ orchestrator }: Life, run: string): Promise<void> {
  for await (const { event } of orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-started" && event.step === "application") orchestrator.cancel(run);
  }
}

const onBase = ["template base.tar", "run base.sh", "run phoenix_hypervisor_feature_install_docker.sh"];
const againOnBase = [...onBase, "run base.sh", "run 950.sh"];
const failedOnBase = [...onBase, "run 950.sh"];

const scenarios: readonly Scenario[] = [
  { name: "orchestrate, a new container", host: () => empty({ store: "memory" }), wish: wish.orchestrate },
  { name: "orchestrate, a clone", host: from("templates", { configs: [template, clone] }), wish: wish.orchestrate },
  { name: "orchestrate, nothing to do", host: from("plain"), wish: wish.orchestrate },
  { name: "orchestrate, much has changed", host: from("plain", {}, edited), wish: wish.orchestrate, cleanAgain: againOnBase },
  {
    name: "orchestrate, much has changed, insured",
    host: from("insured", insured, edited),
    wish: wish.orchestrate,
    cleanAgain: againOnBase,
  },
  {
    name: "orchestrate, a container made by hand",
    host: () => {
      const host = empty({ store: "memory" });
      foreign(host);
      return host;
    },
    wish: wish.orchestrate,
  },
  { name: "orchestrate, failing", host: from("plain", {}, broken), wish: wish.orchestrate, cleanAgain: failedOnBase },
  { name: "rebaseline", host: from("plain", {}, edited), wish: wish.rebaseline },
  { name: "rebaseline, insured", host: from("insured", insured, edited), wish: wish.rebaseline },
  { name: "rebaseline, on ZFS", host: from("zfs", onZfs, edited), wish: wish.rebaseline },
  { name: "rebaseline, failing", host: from("plain", {}, broken), wish: wish.rebaseline },
  { name: "reconfigure", host: from("plain", {}, edited), wish: wish.reconfigure },
  { name: "letsgo", host: from("plain", {}, edited), wish: wish.letsgo },
  { name: "letsgo, insured", host: from("insured", insured, edited), wish: wish.letsgo },
  { name: "letsgo, on ZFS", host: from("zfs", onZfs, edited), wish: wish.letsgo },
  { name: "letsgo, failing, brought back", host: from("plain", {}, broken), wish: wish.letsgo },
  { name: "letsgo, failing, kept", host: from("plain", {}, kept), wish: wish.letsgo },
  { name: "letsgo, failing, on ZFS", host: from("zfs", onZfs, broken), wish: wish.letsgo },
  { name: "letsgo, cancelled", host: from("plain", {}, slow), wish: wish.letsgo, meanwhile: cancelled },
  { name: "snapshot", host: from("plain"), wish: wish.snapshot },
  { name: "restore", host: from("plain"), wish: wish.restore },
  {
    name: "restore, on ZFS, deleting newer ones",
    host: from("zfs", onZfs),
    wish: { ...wish.restore, snapshot: "pre-configured", newer: "delete" },
  },
  { name: "delete", host: from("plain", {}, withMine), wish: wish.delete },
  { name: "start", host: from("plain", {}, stopped), wish: wish.start },
  { name: "stop", host: from("plain"), wish: wish.stop },
  { name: "stop at once", host: from("plain"), wish: { kind: "stop", how: "kill" } },
  { name: "restart", host: from("plain"), wish: wish.restart },
];

// Some have more than a hundred boundaries, and the machine may be busy.
jest.setTimeout(300_000);

const told: string[] = [];
afterAll(() => process.stderr.write(`${told.join("\n")}\n`));

/** Where a boundary may lead: where the undisturbed run leads, or where it leads from a clean base. */
function allowed({ cleanAgain }: Scenario, undisturbed: Ended): (ended: Ended) => boolean {
  let fromBase: string | null = null;
  return ({ state, layers }) => {
    if (state === undisturbed.state) return true;
    if (JSON.stringify(layers) !== JSON.stringify(cleanAgain)) return false;
    fromBase ??= state;
    return state === fromBase;
  };
}

/** Runs that leave a container as they find it, running or stopped. */
const indifferent = ["orchestrate, nothing to do", "snapshot", "delete"];

test.each(scenarios)("$name: the agent dies", async (scenario) => {
  const undisturbed = await survive(scenario, []);
  const isAllowed = allowed(scenario, undisturbed);
  const boundaries = boundariesOf(undisturbed);
  for (const boundary of boundaries) {
    const ended = await survive(scenario, [boundary]);
    if (!isAllowed(ended)) expect({ boundary, state: ended.state }).toEqual({ boundary, state: undisturbed.state });
  }
  told.push(`${boundaries.length} boundaries: ${scenario.name}`);
});

/**
 * Before it is written down there is no run, and once its last step is, it is the boot plan that starts the container. What
 * differs from the agent's death is what it finds then, so one boundary of each write and call is enough.
 */
function whereTheHostMayDie(undisturbed: Ended): readonly Boundary[] {
  return boundariesOf(undisturbed).filter((boundary) => {
    if ("call" in boundary) return boundary.when === "during";
    return boundary.when === "after" && boundary.write < undisturbed.writes - 1;
  });
}

test.each(scenarios.filter(({ name }) => !indifferent.includes(name)))("$name: the host goes down", async (scenario) => {
  const undisturbed = await survive(scenario, []);
  const isAllowed = allowed(scenario, undisturbed);
  const boundaries = whereTheHostMayDie(undisturbed);
  for (const boundary of boundaries) {
    const ended = await survive(scenario, [boundary], "host");
    if (!isAllowed(ended)) expect({ boundary, state: ended.state }).toEqual({ boundary, state: undisturbed.state });
  }
  told.push(`${boundaries.length} boundaries: ${scenario.name}, the host goes down`);
});
