// The user's own manifest, as it is, from the loader to the end of all of its runs.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadManifest } from "../../src/agent/config/manifest.ts";
import { pushedManifest, relevantHash } from "../../src/agent/config/pushed.ts";
import { openScripts } from "../../src/agent/config/scripts.ts";
import type { Journal } from "../../src/agent/domain/journal.ts";
import type { Driver } from "../../src/agent/driver/driver.ts";
import type { World } from "../../src/agent/plan/world.ts";
import { bench, cameTo, doneSteps, wish, type Bench } from "./support/bench.ts";

const file = "../shared/data/phoenix_lxc_configs.json";
const options = { default_from_ctid: 950 };

let folder: string;
let host: Bench;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-manifest-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Stubs for every script and feature that the manifest names. */
function stubs(): { readonly scripts: string; readonly features: string } {
  const places = { scripts: join(folder, "bin"), features: join(folder, "lxc_setup") };
  for (const place of Object.values(places)) mkdirSync(place);
  for (const { application, features } of loadManifest(file, options).containers.values()) {
    for (const name of application === null ? [] : [application.script, ...application.files]) {
      writeFileSync(join(places.scripts, name), "#!/bin/sh\n# sim: echo working\n");
    }
    for (const name of features) {
      writeFileSync(
        join(places.features, `phoenix_hypervisor_feature_install_${name}.sh`),
        `#!/bin/sh\n# sim: write /feature-${name} yes\n`,
      );
    }
  }
  writeFileSync(join(places.scripts, "phoenix_hypervisor_common_utils.sh"), "#!/bin/sh\n");
  return places;
}

function gatherer(): (driver: Driver, journal: Journal) => Promise<World> {
  const places = stubs();
  const scripts = openScripts(places.scripts, places.features);
  return async (driver, journal) => {
    const manifest = loadManifest(file, options);
    const pushed = new Map<string, Uint8Array>();
    const { files } = scripts.read();
    return {
      platform: driver.platform,
      capabilities: driver.capabilities,
      config_version: null,
      manifest,
      inventory: await driver.observe(),
      ledgers: journal.ledgers(),
      leases: new Map(),
      protections: [],
      gpu: { seen: { known: false, why: "there is no nvidia-smi" }, idle: new Map(), idle_after_ms: 600_000, memory_back_s: 30 },
      files,
      pushed_manifest: (config) => {
        const { bytes, hash } = pushedManifest(manifest, config);
        pushed.set(hash, bytes);
        return { blob: hash, relevant: relevantHash(manifest, config) };
      },
      content: (hash) => pushed.get(hash) ?? scripts.content(hash),
      active: new Map(),
    };
  };
}

test("orchestrates all of its containers, templates and dependencies first, comes to rest, and takes a letsgo", async () => {
  if (!existsSync(file)) {
    process.stderr.write(`skipped: ${file} is not there\n`);
    return;
  }
  host = bench({ configs: [], gather: gatherer(), sim: { unknown_commands: "succeed" } });
  const { orchestrator, journal, ended, run } = host.live();
  const { runs, refused } = await orchestrator.start("all", wish.orchestrate, "all", "refuse");
  expect(refused.map(({ request, blockers }) => [request.ctid, ...blockers.map(({ message }) => message)])).toEqual([]);
  const records = await Promise.all(runs.map(({ id }) => ended(id)));
  expect(records.map(cameTo).filter((text) => !text.startsWith("succeeded"))).toEqual([]);
  expect(records.map(({ plan }) => plan.request.ctid)).toEqual([900, 901, 902, 903, 920, 953, 910, 950, 951, 952, 954, 955, 956, 957, 960]);

  const finished = new Map(records.map((record) => [record.plan.request.ctid, seqs(journal, record.id)]));
  const at = (ctid: number) => finished.get(ctid) ?? { first: NaN, last: NaN };
  const { containers } = loadManifest(file, options);
  for (const { ctid, origin, dependencies } of containers.values()) {
    const needs = [...(origin.from === "clone" ? [origin.source] : []), ...dependencies].filter((each) => containers.has(each));
    for (const each of needs) expect([ctid, each, at(ctid).first > at(each).last]).toEqual([ctid, each, true]);
  }

  const made = records.flatMap(({ plan }) =>
    plan.steps.flatMap(({ action, detail }) => (action.do === "create" ? [`${plan.request.ctid} ${detail}`] : [])),
  );
  expect(made).toEqual(
    expect.arrayContaining(["901 from pre-configured of 900", "950 from pre-configured of 920", "952 from pre-configured of 902"]),
  );
  const gpus = [...containers.values()].filter((config) => config.gpus.length > 0).map(({ ctid }) => ctid);
  const stopped = (await Promise.all([...containers.keys()].map(host.seen)))
    .filter(({ state }) => state === "stopped")
    .map(({ ctid }) => ctid);
  expect(stopped).toEqual(gpus);

  for (const plan of await orchestrator.plan(wish.orchestrate, "all"))
    expect([plan.request.ctid, ...plan.steps.map(({ id }) => id)]).toEqual([plan.request.ctid, "preflight"]);

  const letsgo = await run(952, wish.letsgo);
  expect(cameTo(letsgo)).toContain("succeeded: 952 is running, healthy");
  expect(doneSteps(journal, letsgo.id)).toEqual(
    ["preflight", "restore", "settings", "attach", "start", "ready", "application", "health", "snapshot.final-form", "running"].filter(
      (id) => letsgo.plan.steps.some((step) => step.id === id),
    ),
  );
  expect((await host.seen(952)).snapshots.map((snapshot) => [snapshot.name, snapshot.run])).toEqual([
    ["pre-configured", records.find(({ plan }) => plan.request.ctid === 952)?.id],
    ["final-form", letsgo.id],
  ]);
  host.dispose();
});

/** When a run began to act, and when it ended. */
function seqs(journal: Journal, run: string): { readonly first: number; readonly last: number } {
  const all = journal.events(run, 0, 10_000);
  return { first: all.find(({ event }) => event.type === "started")?.seq ?? NaN, last: all.at(-1)?.seq ?? NaN };
}
