// What becomes of a run whose platform, script or container does not do what it should.
import type { FaultRule } from "../../src/agent/driver/sim/faults.ts";
import type { Driver } from "../../src/agent/driver/driver.ts";
import { cameTo, doneSteps, story, wish, type Bench, type Life } from "./support/bench.ts";
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
});

describe("a health check", () => {
  test("is tried as often as the manifest says, with pauses", async () => {
    host = await settled();
    host.scripts["950.sh"] = "# sim: true\n";
    const { run, journal, driver } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(record.state.failure).toMatchObject({
      step: "health",
      failure: { reason: "UNHEALTHY", message: "health check: test -f /healthy ended with exit code 1 3 times" },
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

describe("a platform that fails", () => {
  const fails = (rule: Partial<FaultRule> & Pick<FaultRule, "call">): readonly FaultRule[] => [{ ctid, do: "fail", ...rule }];

  test("for a moment is tried again, later each time it says so", async () => {
    host = await settled();
    host.faults = fails({ call: "restore", nth: 1, times: 2, reason: "CONFIG_LOCK_TIMEOUT", transient: true });
    const { run, journal, driver } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toContain("succeeded");
    expect(story(journal, record.id).filter((line) => line.includes("restore"))).toEqual([
      "begun restore",
      "failed restore (CONFIG_LOCK_TIMEOUT), to be tried again",
      "begun restore, attempt 2",
      "failed restore (CONFIG_LOCK_TIMEOUT), to be tried again",
      "begun restore, attempt 3",
      "done restore",
    ]);
    const restores = driver.calls().filter(({ call }) => call === "restore");
    expect(restores.map(({ at }) => at - (restores[0]?.at ?? 0))).toEqual([0, 2000, 4000]);
  });

  test("for longer than it is tried fails the run", async () => {
    host = await settled();
    host.faults = fails({ call: "restore", match: "pre-configured", reason: "CONFIG_LOCK_TIMEOUT", transient: true });
    const { run, journal } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toMatch(/^failed at restore \(CONFIG_LOCK_TIMEOUT\): The container is back at its last final-form/);
    expect(story(journal, record.id).filter((line) => line.startsWith("begun restore"))).toHaveLength(3);
  });

  test("for good is not tried again", async () => {
    host = await settled();
    host.faults = fails({ call: "restore", match: "pre-configured", reason: "LOCKED" });
    const { run, journal } = host.live();
    const { id } = await run(ctid, wish.letsgo);
    expect(story(journal, id).filter((line) => line.startsWith("begun restore"))).toHaveLength(1);
  });

  test("in the undo as well tells the whole story", async () => {
    host = await settled();
    host.scripts["950.sh"] = broken;
    host.faults = fails({ call: "restore", match: "final-form", reason: "LOCKED", message: "CT is locked (backup)" });
    const { run } = host.live();
    expect(cameTo(await run(ctid, wish.letsgo))).toBe(
      "failed at application (EXIT_CODE): Bringing it back failed too, at undo.restore: CT is locked (backup). The container is running.",
    );
  });

  test("and never ends a call is given up at the step's time-out", async () => {
    host = await settled();
    host.faults = [{ call: "snapshot", nth: 1, do: "hang" }];
    const { run } = host.live();
    expect(cameTo(await run(ctid, wish.letsgo))).toMatch(
      /^failed at snapshot.final-form \(TIMEOUT\): The container is back at its last final-form/,
    );
  });

  test("and does not even hear that it is to end is given up a little later", async () => {
    host = await settled();
    const deaf = () => new Promise<never>(() => {});
    const { run } = host.live({
      driver: (driver) => ({
        ...driver,
        restore: (id, name, call) => (name === "pre-configured" ? deaf() : driver.restore(id, name, call)),
      }),
    });
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toMatch(/^failed at restore \(TIMEOUT\): The container is back at its last final-form/);
  });

  test("after it has taken the snapshot is not believed", async () => {
    host = await settled();
    host.faults = [{ call: "snapshot", nth: 1, when: "after", do: "fail", message: "timeout waiting on systemd" }];
    host.scripts["950.sh"] += "# sim: write /version 2\n";
    const { run, journal } = host.live();
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toContain("succeeded");
    const done = journal
      .events(record.id, 0, 1000)
      .find(({ event }) => event.type === "step-finished" && event.step === "snapshot.final-form");
    expect(done?.event).toMatchObject({ detail: "done, though the platform said: timeout waiting on systemd" });
    const { live, snapshots } = journal.ledgers().get(ctid) ?? { live: {}, snapshots: {} };
    expect(snapshots["final-form"]).toEqual(live);
  });

  test("after it has restored leaves a ledger that believes in no more than there is", async () => {
    host = await settled();
    host.manifest.set(ctid, { ...wanted, on_failure: "keep" });
    host.faults = [{ call: "restore", nth: 1, when: "after", do: "fail" }];
    const { run, journal } = host.live();
    expect(cameTo(await run(ctid, wish.letsgo))).toContain("failed at restore");
    const { live, snapshots } = journal.ledgers().get(ctid) ?? { live: {}, snapshots: {} };
    expect(live).toEqual(snapshots["pre-configured"]);
  });

  test.each(["create", "configure", "attach", "start", "push", "exec", "runOnHost", "snapshot"] as const)(
    "in %s, once, at each moment: a new orchestrate goes on to the same end",
    async (call) => {
      for (const when of ["before", "during", "after"] as const) {
        host = await settled({ store: "memory" });
        const { driver } = host.live();
        driver.outside.remove(ctid);
        host.faults = [{ call, when, nth: 1, do: "fail" }];
        const { run } = host.live();
        await run(ctid, wish.orchestrate);
        const again = await run(ctid, wish.orchestrate);
        expect(`${when}: ${again.state.phase}`).toBe(`${when}: succeeded`);
        expect(await inWords()).toBe("running, pre-configured, final-form");
        host.dispose();
      }
      host = await settled();
    },
  );
});

describe("somebody else", () => {
  /** The first look is the plan's, the second the preflight's. */
  const lockedAtSecondLook = (driver: Driver): Driver => {
    let looks = 0;
    const observe = () => {
      looks += 1;
      if (looks === 2) host.outside.lock(ctid, "backup");
      return driver.observe();
    };
    return { ...driver, observe };
  };

  /** A letsgo, and what happens while its application runs. */
  async function whileItRuns(happens: (outside: Life["driver"]["outside"]) => void) {
    host = await settled();
    host.scripts["950.sh"] = slow;
    const exec =
      (driver: Driver): Driver["exec"] =>
      (id, command, call) => {
        const done = driver.exec(id, command, call);
        if (command.argv[0]?.endsWith("950.sh") === true) happens(life.driver.outside);
        return done;
      };
    const life: Life = host.live({ driver: (driver) => ({ ...driver, exec: exec(driver) }) });
    return life.run(ctid, wish.letsgo);
  }

  test("stops the container in the middle: brought back", async () => {
    expect(cameTo(await whileItRuns((outside) => outside.stop(ctid)))).toMatch(
      /^failed at application \((EXIT_CODE|CONTAINER_NOT_RUNNING)\): The container is back at its last final-form .*, and running.$/,
    );
  });

  test("destroys the container in the middle: failed, and both are told", async () => {
    expect(cameTo(await whileItRuns((outside) => outside.remove(ctid)))).toMatch(
      /^failed at application \(\w+\): Bringing it back failed too, at undo.restore: container 950 does not exist. The container is not there.$/,
    );
  });

  test("locks the container before the run begins: refused by its preflight, and nothing was changed", async () => {
    host = await settled();
    const before = await host.seen(ctid);
    const { run, driver } = host.live({ driver: lockedAtSecondLook });
    const record = await run(ctid, wish.letsgo);
    expect(cameTo(record)).toBe("failed at preflight (LOCKED): Nothing was changed.");
    expect(driver.calls()).toEqual([]);
    expect(await host.seen(ctid)).toEqual({ ...before, lock: "backup" });
  });

  test("starts the container in the middle of a letsgo: brought back", async () => {
    host = await settled();
    let times = 0;
    const configure = async (driver: Driver, ...args: Parameters<Driver["configure"]>) => {
      const changed = await driver.configure(...args);
      times += 1;
      if (times === 1) life.driver.outside.start(ctid);
      return changed;
    };
    const life: Life = host.live({ driver: (driver) => ({ ...driver, configure: (...args) => configure(driver, ...args) }) });
    expect(cameTo(await life.run(ctid, wish.letsgo))).toMatch(
      /^failed at attach \(CONTAINER_RUNNING\): The container is back at its last final-form/,
    );
  });
});
