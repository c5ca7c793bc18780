// What becomes of a run whose platform fails, hangs or does not tell the truth, and whose container others lay hands on.
import type { FaultRule } from "../../src/agent/driver/sim/faults.ts";
import type { Driver } from "../../src/agent/driver/driver.ts";
import { cameTo, story, wish, type Bench, type Life } from "./support/bench.ts";
import { ctid, script, settled, wanted } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

const broken = "#!/bin/sh\n# sim: write /broken yes\n# sim: exit 3\n";
const slow = `${script}# sim: sleep 3600\n`;
const inWords = async () => {
  const { state, snapshots } = await host.seen(ctid);
  return `${state}, ${snapshots.map(({ name }) => name).join(", ")}`;
};

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

  test.each(["create", "configure", "attach", "start", "exec", "runInside", "runOnHost", "snapshot"] as const)(
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
    const runInside =
      (driver: Driver): Driver["runInside"] =>
      (...args) => {
        const done = driver.runInside(...args);
        happens(life.driver.outside);
        return done;
      };
    const life: Life = host.live({ driver: (driver) => ({ ...driver, runInside: runInside(driver) }) });
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
