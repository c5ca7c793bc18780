// What becomes of a run whose script fails or hangs, and of a container that does not come up or is not healthy.
import { cameTo, doneSteps, story, wish, type Bench } from "./support/bench.ts";
import { ctid, runFolder, script, settled, wanted } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

const broken = "#!/bin/sh\n# sim: write /broken yes\n# sim: exit 3\n";
const slow = `${script}# sim: sleep 3600\n`;
const inWords = async () => {
  const { state, snapshots } = await host.seen(ctid);
  return `${state}, ${snapshots.map(({ name }) => name).join(", ")}`;
};

describe("a script that fails", () => {
  test("is brought back to final-form, running, and the run is failed and says both", async () => {
    host = await settled();
    host.scripts["950.sh"] = broken;
    const before = await host.seen(ctid);
    const { run, journal, driver } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toBe(
      "failed at application (EXIT_CODE): The container is back at its last final-form of 2026-11-20T00:00:00Z, and running.",
    );
    expect(record.state.failure?.failure.message).toBe("950.sh ended with exit code 3");
    expect(doneSteps(journal, record.id).slice(-6)).toEqual([
      "undo.restore",
      "undo.settings",
      "undo.attach",
      "undo.start",
      "undo.ready",
      "undo.health",
    ]);
    expect(await host.seen(ctid)).toEqual(before);
    expect(driver.read(ctid, "/broken")).toBeNull();
    expect(driver.read(ctid, "/healthy")).toBe("yes\n");
    expect(driver.read(ctid, `${runFolder}/950.sh`)).toBeNull();
    const { live, snapshots } = journal.ledgers().get(ctid) ?? { live: {}, snapshots: {} };
    expect(live).toEqual(snapshots["final-form"]);
  });

  test("is left as it is with on_failure keep, and is due again", async () => {
    host = await settled();
    host.scripts["950.sh"] = broken;
    host.manifest.set(ctid, { ...wanted, on_failure: "keep" });
    const { run, orchestrator, driver } = host.live();
    expect(cameTo(await run(ctid, wish.letsgo))).toBe("failed at application (EXIT_CODE): The container is left as it was then: running.");
    expect(driver.read(ctid, "/broken")).toBe("yes\n");
    expect(driver.read(ctid, `${runFolder}/950.sh`)).toBeNull();
    host.scripts["950.sh"] = script;
    const [plan] = await orchestrator.plan(wish.orchestrate, [ctid]);
    expect(plan?.steps.map(({ id }) => id)).toContain("application");
  });

  test("in an orchestrate leaves the container, which is due even when the old script comes back", async () => {
    host = await settled();
    host.scripts["950.sh"] = broken;
    const { run, orchestrator } = host.live();
    expect(cameTo(await run(ctid, wish.orchestrate))).toBe(
      "failed at application (EXIT_CODE): The container is left as it was then: running.",
    );
    host.scripts["950.sh"] = script;
    const [plan] = await orchestrator.plan(wish.orchestrate, [ctid]);
    expect(plan?.steps.map(({ id }) => id)).toContain("application");
  });

  test("that hangs is ended at its time-out, inside too", async () => {
    host = await settled();
    host.scripts["950.sh"] = slow;
    host.manifest.set(ctid, { ...wanted, application: { script: "950.sh", files: [], timeout_s: 90 } });
    const { run } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(record.state.failure).toMatchObject({
      step: "application",
      failure: { reason: "TIMEOUT", message: "application script took longer than 90 s" },
    });
    expect(record.state.outcome).toContain("back at its last final-form");
    expect(host.storage.read().containers[ctid]?.processes).toEqual([]);
  });

  test("is not run again by itself", async () => {
    host = await settled();
    host.scripts["950.sh"] = broken;
    const { run, journal } = host.live();
    const { id } = await run(ctid, wish.letsgo);
    expect(story(journal, id).filter((line) => line.startsWith("begun application"))).toHaveLength(1);
  });
});

describe("a feature that fails", () => {
  test("leaves a new container, and the next orchestrate goes on from there", async () => {
    host = await settled();
    const docker = "phoenix_hypervisor_feature_install_docker.sh";
    const good = host.features[docker] ?? "";
    host.features[docker] = "# sim: exit 1\n";
    const { run, journal, driver } = host.live();
    expect(cameTo(await run(ctid, wish.orchestrate))).toBe(
      "failed at feature.docker (EXIT_CODE): The container is left as it was then: running.",
    );
    host.features[docker] = good;
    const record = await run(ctid, wish.orchestrate);
    expect(cameTo(record)).toContain("succeeded");
    expect(doneSteps(journal, record.id)).toContain("feature.docker");
    expect(driver.read(ctid, "/docker")).toBe("yes\n");
  });
});

describe("a container that does not come up", () => {
  test("fails in ready, after its time, and is brought back", async () => {
    host = await settled();
    host.manifest.set(ctid, { ...wanted, ready: "test -f /never" });
    const { run } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(record.state.failure).toMatchObject({ step: "ready", failure: { reason: "NOT_READY" } });
    expect(record.state.failure?.failure.message).toMatch(/^it runs, and was not ready after 1(79|80) s \(test -f \/never\)$/);
    expect(record.state.undo_failure).toMatchObject({ step: "undo.ready", failure: { reason: "NOT_READY" } });
    expect(record.state.outcome).toMatch(
      /^Bringing it back failed too, at undo.ready: it runs, and was not ready .* The container is running.$/,
    );
  });

  test.each([300, 700, 1100, 1300, 1900])("fails in ready also when each look takes %s ms", async (exec) => {
    host = await settled();
    host.manifest.set(ctid, { ...wanted, ready: "test -f /never" });
    const { run } = host.live(undefined, { latency_ms: { exec } });
    const record = await run(ctid, wish.letsgo);
    expect(record.state.failure).toMatchObject({ step: "ready", failure: { reason: "NOT_READY" } });
  });
});

describe("a health check", () => {
  test("is tried as often as the manifest says, with pauses", async () => {
    host = await settled();
    host.scripts["950.sh"] = "# sim: true\n";
    const { run, journal, driver } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(record.state.failure).toMatchObject({
      step: "health",
      failure: { reason: "UNHEALTHY", message: "test -f /healthy ended with exit code 1 3 times" },
    });
    expect(await inWords()).toBe("running, pre-configured, final-form");
    const checks = driver.calls().filter(({ call, what }) => call === "exec" && JSON.stringify(what).includes("/healthy"));
    expect(checks.map(({ at }) => (at - (checks[0]?.at ?? 0)) / 1000).slice(0, 3)).toEqual([0, 5, 10]);
    expect(doneSteps(journal, record.id)).toContain("undo.health");
  });

  test("that succeeds at the second try says so", async () => {
    host = await settled();
    host.faults = [{ call: "exec", match: "/healthy", nth: 1, do: "exit", code: 1 }];
    const { run, journal } = host.live();
    const { id } = await run(ctid, wish.letsgo);
    const done = journal.events(id, 0, 1000).find(({ event }) => event.type === "step-finished" && event.step === "health");
    expect(done?.event).toMatchObject({ detail: "healthy at attempt 2" });
  });
});
