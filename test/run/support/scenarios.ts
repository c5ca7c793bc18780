// The runs that are killed: each kind, on each sort of storage, succeeding, failing and cancelled.
import * as w from "../../support/world.ts";
import { bench, wish, type Bench, type BenchOptions, type Frozen, type Life } from "./bench.ts";
import type { Scenario } from "./crash.ts";
import { ctid, empty, script, settled, wanted } from "./house.ts";

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

/** Puts the hosts away that the scenarios begin with. */
export async function prepare(): Promise<void> {
  await put("plain", await settled({ store: "memory" }));
  await put("insured", await settled({ store: "memory", ...insured }));
  await put("zfs", await settled({ store: "memory", ...onZfs }));
  const templates = bench({ configs: [template], store: "memory" });
  await templates.live().run(900, wish.orchestrate);
  await put("templates", templates);
}

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

/** A host without the container that is to be made: a clone of the template. */
const cloning = from("templates", { configs: [template] });

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
const withGpu = (host: Bench) => void host.manifest.set(ctid, { ...wanted, gpus: [0] });
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

export const scenarios: readonly Scenario[] = [
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
  {
    name: "restore, failing, undone",
    host: from("plain", {}, (host) => void (host.faults = [{ call: "attach", do: "fail" }])),
    wish: wish.restore,
  },
  { name: "clone", host: cloning, wish: wish.clone },
  { name: "clone, of a snapshot", host: cloning, wish: { ...wish.clone, of: { at: "snapshot", name: "golden" } } },
  {
    name: "clone, failing, undone",
    host: () => {
      const host = cloning();
      host.faults = [{ call: "start", ctid, do: "fail" }];
      return host;
    },
    wish: wish.clone,
  },
  { name: "delete", host: from("plain", {}, withMine), wish: wish.delete },
  { name: "start", host: from("plain", {}, stopped), wish: wish.start },
  { name: "stop", host: from("plain"), wish: wish.stop },
  { name: "stop at once", host: from("plain"), wish: { kind: "stop", how: "kill" } },
  { name: "restart", host: from("plain"), wish: wish.restart },
  { name: "gpu-shutdown", host: from("plain", {}, withGpu), wish: wish["gpu-shutdown"] },
  { name: "autostart", host: from("plain"), wish: wish.autostart },
];
