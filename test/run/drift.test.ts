// A container and the manifest drift apart in any way: what the plan says is what the run does, and then there is nothing left to do.
import fc from "fast-check";
import { nothingToDo } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";
import { bench, cameTo, doneSteps, wish, type Bench, type Frozen } from "./support/bench.ts";
import { ctid, files, settled, wanted } from "./support/house.ts";

/** Something that changes on the host, in the manifest, or in a file beside it. */
type Drift = readonly [what: string, happens: (host: Bench) => void];

const onHost = (settings: Readonly<Record<string, string>>) => (host: Bench) => host.outside.configure(ctid, settings);
const inManifest = (change: Partial<typeof wanted>) => (host: Bench) =>
  void host.manifest.set(ctid, { ...wanted, ...host.manifest.get(ctid), ...change });
const newSetting = (settings: Readonly<Record<string, string>>) => (host: Bench) =>
  inManifest({ settings: { ...host.manifest.get(ctid)?.settings, ...settings } })(host);

const gone = "removed by hand";
const drifts: readonly Drift[] = [
  ["memory on the host", onHost({ memory_mb: "123" })],
  ["cores on the host", onHost({ cores: "64" })],
  ["memory in the manifest", newSetting({ memory_mb: "4096" })],
  ["cores in the manifest", newSetting({ cores: "3" })],
  ["another nameserver in the manifest", newSetting({ nameserver: "10.0.0.1" })],
  ["a larger disk in the manifest", newSetting({ disk_gb: "64" })],
  ["another script", (host) => void (host.scripts["950.sh"] += "# changed\n")],
  ["another feature script", (host) => void (host.features["base.sh"] += "# changed\n")],
  ["one feature less", inManifest({ features: ["base"] })],
  ["one feature more", inManifest({ features: ["base", "docker", "more"] })],
  ["no application", inManifest({ application: null })],
  ["one volume more", inManifest({ volumes: [w.volume("/data"), w.volume("/more")] })],
  ["one mount more", inManifest({ mounts: [w.mount("/srv/models", "/models"), w.mount("/srv/more", "/mnt/more")] })],
  ["one mount less", inManifest({ mounts: [] })],
  ["left running", inManifest({ power: "on" })],
  ["shut down at the end", inManifest({ power: "off" })],
  ["stopped by hand", (host) => host.outside.stop(ctid)],
  ["started by hand", (host) => host.outside.start(ctid)],
  ["a file by hand", (host) => host.outside.write(ctid, "/by-hand-too", "x")],
  ["a snapshot by hand", (host) => host.outside.snapshot(ctid, "by-hand")],
  ["a boot of the host", (host) => host.outside.reboot()],
  [gone, (host) => host.outside.remove(ctid)],
  ["locked", (host) => host.outside.lock(ctid, "backup")],
];

let frozen: Frozen;
beforeAll(async () => {
  const host = await settled({ store: "memory" });
  frozen = host.freeze();
  host.dispose();
});

const more = { "phoenix_hypervisor_feature_install_more.sh": "#!/bin/sh\n# sim: write /more yes\n" };
const everything = { configs: [wanted], scripts: files.scripts, features: { ...files.features, ...more } };

/** Lets these things happen, and compares what is planned, done, and planned then. Gives what came of it. */
async function tried(some: readonly Drift[]): Promise<"nothing to do" | "changed" | "refused"> {
  const host = bench({ ...everything, from: frozen });
  try {
    // What is gone can't be changed any more.
    for (const [, happens] of some.toSorted(([a], [b]) => Number(a === gone) - Number(b === gone))) happens(host);
    const { orchestrator, journal, run, driver } = host.live();
    const planned = async () => {
      const [plan] = await orchestrator.plan(wish.orchestrate, "all");
      if (plan === undefined) throw new Error("there is no plan");
      return plan;
    };
    const plan = await planned();
    expect(driver.calls()).toEqual([]);
    if (plan.blockers.length > 0) {
      await expect(run(ctid, wish.orchestrate)).rejects.toThrow(plan.blockers[0]?.message);
      expect(driver.calls()).toEqual([]);
      return "refused";
    }
    const record = await run(ctid, wish.orchestrate);
    expect(cameTo(record)).toMatch(/^succeeded/);
    expect(doneSteps(journal, record.id)).toEqual(plan.steps.map(({ id }) => id));
    expect(record.plan.steps).toEqual(plan.steps);
    if (nothingToDo(plan)) expect(driver.calls()).toEqual([]);
    expect(w.planText({ ...(await planned()), warnings: [] })).toBe("preflight | preflight | the container is as the manifest says");
    return nothingToDo(plan) ? "nothing to do" : "changed";
  } finally {
    host.dispose();
  }
}

test.each(drifts)("%s", async (...drift) => {
  await tried([drift]);
});

test("1,000 times any of them together", async () => {
  const came = { "nothing to do": 0, changed: 0, refused: 0 };
  const property = fc.asyncProperty(fc.shuffledSubarray([...drifts], { maxLength: 6 }), async (some) => {
    came[await tried(some)] += 1;
  });
  await fc.assert(property, { numRuns: 1000 });
  // Each of the three has been tried, or this says nothing.
  expect(Object.values(came).filter((times) => times < 10)).toEqual([]);
});
