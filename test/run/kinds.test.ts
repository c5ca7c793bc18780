// Each kind of run to its end, on a platform that does what it is told.
import type { Bench } from "./support/bench.ts";
import { cameTo, doneSteps, story, wish } from "./support/bench.ts";
import { ctid, empty, runFolder, settled, wanted } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

const names = async () => (await host.seen(ctid)).snapshots.map(({ name, run }) => `${name} ${run === null ? "by hand" : "by Phoenix"}`);
test("orchestrate makes, provisions, snapshots and leaves it running", async () => {
  host = empty();
  const { run, journal, driver } = host.live();
  const record = await run(ctid, wish.orchestrate);
  expect(cameTo(record)).toBe("succeeded: 950 is running, healthy, final-form of 2026-11-20T00:00:00Z.");
  expect(doneSteps(journal, record.id)).toEqual(record.plan.steps.map(({ id }) => id));
  expect(await names()).toEqual(["pre-configured by Phoenix", "final-form by Phoenix"]);
  expect(host.layers(ctid)).toEqual(["template base.tar", "run base.sh", "run phoenix_hypervisor_feature_install_docker.sh", "run 950.sh"]);
  expect(Object.keys(journal.ledgers().get(ctid)?.live ?? {})).toEqual(["feature.base", "feature.docker", "application"]);
  expect(driver.read(ctid, `${runFolder}/950.sh`)).toBeNull();
});

test("a second orchestrate only looks", async () => {
  host = await settled();
  const { run, driver } = host.live();
  const record = await run(ctid, wish.orchestrate);
  expect(record.plan.steps.map(({ id }) => id)).toEqual(["preflight"]);
  expect(driver.calls()).toEqual([]);
});

test.each(["letsgo", "reconfigure"] as const)("%s goes back to pre-configured, and provisions again", async (kind) => {
  host = await settled();
  const { run, journal, driver } = host.live();
  const before = await host.seen(ctid);
  host.scripts["950.sh"] += "# sim: write /version 2\n";
  driver.outside.write(ctid, "/data/rows", "2\n");
  const record = await run(ctid, wish[kind]);
  expect(cameTo(record)).toContain("succeeded: 950 is running, healthy");
  expect(doneSteps(journal, record.id)).toEqual(record.plan.steps.map(({ id }) => id));
  expect(driver.read(ctid, "/by-hand")).toBeNull();
  expect(driver.read(ctid, "/version")).toBe("2\n");
  expect(driver.read(ctid, "/docker")).toBe("yes\n");
  expect(host.layers(ctid).filter((layer) => layer === "run 950.sh")).toHaveLength(1);
  const after = await host.seen(ctid);
  expect(after.snapshots.map(({ run: by }) => by)).toEqual([before.snapshots[0]?.run, record.id]);
  expect(after.attachments.map(({ container_path }) => container_path)).toEqual(
    before.attachments.map(({ container_path }) => container_path),
  );
  expect(after.settings).toEqual(before.settings);
  expect(journal.ledgers().get(ctid)?.live).toEqual(journal.ledgers().get(ctid)?.snapshots["final-form"]);
});

test("a letsgo leaves data volumes alone", async () => {
  host = await settled();
  const { run, driver } = host.live();
  host.scripts["950.sh"] = "# sim: write /healthy yes\n";
  driver.outside.write(ctid, "/data/rows", "many\n");
  await run(ctid, wish.letsgo);
  expect(driver.read(ctid, "/data/rows")).toBe("many\n");
});

test("--rebaseline replaces pre-configured, from the old one", async () => {
  host = await settled();
  host.features["base.sh"] += "# sim: write /base 2\n";
  const { run, driver } = host.live();
  const record = await run(ctid, wish.rebaseline);
  expect(cameTo(record)).toContain("succeeded");
  expect((await host.seen(ctid)).snapshots.map((snapshot) => [snapshot.name, snapshot.run])).toEqual([
    ["pre-configured", record.id],
    ["final-form", record.id],
  ]);
  expect(driver.read(ctid, "/base")).toBe("2\n");
  expect(driver.read(ctid, "/by-hand")).toBeNull();
});

test("a GPU container is shut down by orchestrate and reconfigure, and left running by letsgo", async () => {
  host = empty();
  const gpu = host.manifest.get(ctid);
  if (gpu === undefined) throw new Error("no config");
  host.manifest.set(ctid, { ...gpu, gpus: [0], settings: { ...gpu.settings, gpus: "0" } });
  const { run } = host.live();
  const states = [];
  for (const kind of ["orchestrate", "letsgo", "reconfigure"] as const) {
    await run(ctid, wish[kind]);
    states.push(`${kind}: ${(await host.seen(ctid)).state}`);
  }
  expect(states).toEqual(["orchestrate: stopped", "letsgo: running", "reconfigure: stopped"]);
});

test("snapshot, restore and delete", async () => {
  host = await settled();
  const { run, driver } = host.live();
  expect(cameTo(await run(ctid, wish.snapshot))).toContain("succeeded: 950 is running, snapshot mine taken");
  expect(await names()).toEqual(["pre-configured by Phoenix", "final-form by Phoenix", "mine by Phoenix"]);
  expect(cameTo(await run(ctid, wish.restore))).toContain(`succeeded: 950 is running, back at snapshot ${wish.restore.snapshot}`);
  expect(driver.read(ctid, "/by-hand")).toBeNull();
  expect((await host.seen(ctid)).attachments).toHaveLength(2);
  expect(cameTo(await run(ctid, { ...wish.restore, snapshot: "mine" }))).toContain("succeeded");
  expect(driver.read(ctid, "/by-hand")).not.toBeNull();
  expect(cameTo(await run(ctid, wish.delete))).toContain(`succeeded: 950 is running, snapshot ${wish.delete.snapshot} deleted`);
  expect(await names()).toEqual(["pre-configured by Phoenix", "final-form by Phoenix"]);
});

test("stop, start and restart", async () => {
  host = await settled();
  const { run, journal } = host.live();
  expect(cameTo(await run(ctid, wish.stop))).toBe("succeeded: 950 is stopped, final-form of 2026-11-20T00:00:00Z.");
  expect(cameTo(await run(ctid, wish.start))).toBe("succeeded: 950 is running, final-form of 2026-11-20T00:00:00Z.");
  const { id } = await run(ctid, wish.restart);
  expect(story(journal, id)).toEqual([
    "created",
    "started",
    ...["preflight", "stop", "start", "ready"].flatMap((step) => [`begun ${step}`, `done ${step}`]),
    "finished succeeded",
  ]);
});

test("a container that ignores a shutdown is stopped at its time-out, and the run says so", async () => {
  host = await settled();
  const { run, journal, driver } = host.live();
  driver.outside.stubborn(ctid, true);
  const { id } = await run(ctid, wish.stop);
  const last = journal.events(id, 0, 100).find(({ event }) => event.type === "step-finished" && event.step === "stop");
  expect(last?.event).toMatchObject({ detail: "did not shut down within 60 s, and was stopped", ms: 60_000 });
  expect((await host.seen(ctid)).state).toBe("stopped");
});

test("an application script finds itself as users' scripts expect it", async () => {
  host = await settled();
  host.scripts["950.sh"] =
    "# sim: env\n# sim: stat -c %a /tmp/phoenix_run\n# sim: cat /tmp/phoenix_run/phoenix_lxc_configs.json\n# sim: write /healthy yes\n";
  const { run, journal, driver } = host.live();
  const { id } = await run(ctid, wish.letsgo);
  const output = journal.events(id, 0, 1000).flatMap(({ event }) => (event.type === "output" ? [event.text] : []));
  expect(output.join("").split("\n")).toEqual(
    expect.arrayContaining([`PHOENIX_CTID=${ctid}`, "PHOENIX_NAME=vllm", `PHOENIX_RUN_ID=${id}`, "700", '{"name":"vllm"}']),
  );
  const script = driver.calls().find(({ call }) => call === "runInside");
  expect(script?.what).toMatchObject({
    folder: runFolder,
    main: "950.sh",
    files: expect.arrayContaining(["950.sh", "phoenix_lxc_configs.json"]),
  });
});

describe("a clone", () => {
  const other = 960;

  test("is as its source is now, and the source stays as it was", async () => {
    host = await settled();
    const { run, journal, driver } = host.live();
    const before = await host.seen(ctid);
    const record = await run(other, { ...wish.clone, source: ctid });
    expect(cameTo(record)).toBe("succeeded: 960 is running.");
    expect(doneSteps(journal, record.id)).toEqual(["preflight", "create", "start", "ready"]);
    expect(driver.read(other, "/version")).toBe(driver.read(ctid, "/version"));
    expect(await host.seen(other)).toMatchObject({ name: "vllm-960", snapshots: [], attachments: [], detached: [] });
    expect(await host.seen(ctid)).toEqual(before);
  });

  test("that fails leaves nothing behind", async () => {
    host = await settled();
    host.faults = [{ call: "start", ctid: other, do: "fail" }];
    const { run, journal } = host.live();
    const record = await run(other, { ...wish.clone, source: ctid });
    expect(record.state.phase).toBe("failed");
    expect(record.state.outcome).toBe("The clone was taken away again; nothing of it is left.");
    expect(host.storage.read().containers[other]).toBeUndefined();
    expect(journal.ledgers().get(other)).toBeUndefined();
    // The number is free for the next one.
    host.faults = [];
    expect((await host.live().run(other, { ...wish.clone, source: ctid })).state.phase).toBe("succeeded");
  });

  test("waits for a run that has its source, if it is to", async () => {
    host = await settled();
    const { orchestrator, begin, ended } = host.live();
    const letsgo = await begin(ctid, wish.letsgo);
    const refused = await orchestrator.start("a", { ...wish.clone, source: ctid }, [other], "refuse");
    expect(refused.refused[0]?.blockers).toMatchObject([{ reason: "BUSY", message: `run ${letsgo} has 950` }]);
    const { runs } = await orchestrator.start("b", { ...wish.clone, source: ctid }, [other], "queue");
    expect(runs[0]?.after).toEqual([{ run: letsgo, need: "end" }]);
    const clone = await ended(runs[0]?.id ?? "");
    expect(clone.state.phase).toBe("succeeded");
    expect(host.layers(other).at(-1)).toBe("clone 950 now");
  });
});

test("a restore that fails leaves the container as it was before", async () => {
  host = await settled();
  host.faults = [{ call: "attach", nth: 1, do: "fail" }];
  const { run, driver } = host.live();
  const before = await host.seen(ctid);
  driver.outside.write(ctid, "/by-hand", "still here\n");
  const record = await run(ctid, wish.restore);
  expect(record.state.outcome).toBe("The container is as it was before, and running.");
  expect(driver.read(ctid, "/by-hand")).toBe("still here\n");
  expect(await host.seen(ctid)).toEqual(before);
});

describe("a plan", () => {
  test.each(Object.keys(wish).filter((name) => name !== "delete" && name !== "clone") as (keyof typeof wish)[])(
    "%s executes nothing, and the run does exactly its steps",
    async (name) => {
      host = await settled();
      if (name === "gpu-shutdown") host.manifest.set(ctid, { ...wanted, gpus: [0] });
      const { orchestrator, run, journal, driver } = host.live();
      const before = JSON.stringify(host.storage.read());
      const [plan] = await orchestrator.plan(wish[name], [ctid]);
      expect(driver.calls()).toEqual([]);
      expect(JSON.stringify(host.storage.read())).toBe(before);
      expect(journal.unfinished()).toEqual([]);
      const record = await run(ctid, wish[name]);
      expect(record.plan).toEqual(plan);
      expect(doneSteps(journal, record.id)).toEqual(plan?.steps.map(({ id }) => id));
    },
  );
});
