import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStorage } from "../../../src/agent/driver/sim/storage.ts";
import { call, refused, taking } from "../contract/bench.ts";
import { ctid, every, looks, prepared, samples, sim, struckOnce, undisturbed } from "./support.ts";

/** What is run a second time leaves a second layer line; everything else is the same as once. */
const repeatable = every.filter(({ name }) => !["exec", "runInside", "runOnHost"].includes(name));
const untouched = (running: boolean) => {
  const storage = memoryStorage();
  prepared(storage, running);
  return looks(storage);
};

describe("a crash", () => {
  test.each(every)("$name, $when: what was done stays, and nothing is done any more", async ({ name, when }) => {
    const { storage, came } = await struckOnce(name, { do: "crash", when });
    expect(came).toBe("crashed");
    if (when === "before") expect(looks(storage)).toEqual(untouched(samples[name].running));
    if (when === "after") expect(looks(storage)).toEqual(await undisturbed(name));
  });

  const halves = ["create", "configure", "attach", "start", "stop", "snapshot", "restore", "exec", "runInside", "runOnHost"] as const;
  test.each(halves)("%s: in the middle it is half done", async (name) => {
    const { storage } = await struckOnce(name, { do: "crash", when: "during" });
    expect(looks(storage)).not.toEqual(untouched(samples[name].running));
    expect(looks(storage)).not.toEqual(await undisturbed(name));
  });

  test.each(repeatable)("$name, $when: doing it again comes to the same", async ({ name, when }) => {
    const { storage } = await struckOnce(name, { do: "crash", when });
    await samples[name].act(sim({ storage }), call());
    expect(looks(storage)).toEqual(await undisturbed(name));
  });

  test.each(every)("$name, $when: ending the leftovers leaves no lock, no process, nothing half made", async ({ name, when }) => {
    const { storage } = await struckOnce(name, { do: "crash", when });
    for (const id of [ctid, 951]) await sim({ storage }).endLeftovers(id, call().run);
    const model = storage.read();
    expect(model.host_processes).toEqual([]);
    for (const container of Object.values(model.containers)) expect(container).toMatchObject({ lock: null, half: null, processes: [] });
  });

  test.each(["before", "during", "after"] as const)(
    "%s a clone is taken away: it is locked at most until then, and gone in the end",
    async (when) => {
      const storage = memoryStorage();
      prepared(storage, true);
      await samples.create.act(sim({ storage }), call());
      const { promise: crashed, resolve: crash } = Promise.withResolvers<void>();
      void sim({ storage, faults: [{ call: "destroy", when, do: "crash" }], crash }).destroy(951, call());
      await crashed;
      if (when === "during") expect(storage.read().containers[951]).toMatchObject({ lock: "destroy" });
      await sim({ storage }).endLeftovers(951, call().run);
      if (when !== "after") expect(storage.read().containers[951]).toMatchObject({ lock: null, half: null });
      await sim({ storage }).destroy(951, call());
      expect(looks(storage)).toEqual(untouched(true));
    },
  );

  test("in the middle of making a container: its leftovers are all of it", async () => {
    const { storage } = await struckOnce("create", { do: "crash", when: "during" });
    expect(storage.read().containers[951]).toMatchObject({ lock: "create" });
    await sim({ storage }).endLeftovers(951, call().run);
    expect((await sim({ storage }).observe()).containers.has(951)).toBe(false);
  });

  test("of a script leaves its process inside, and its layer line", async () => {
    const { storage } = await struckOnce("exec", { do: "crash", when: "during" });
    expect(storage.read().containers[ctid]?.processes).toMatchObject([{ title: "sh /run.sh", run: call().run }]);
    expect(sim({ storage }).layers(ctid)).toEqual([expect.stringMatching(/^run run\.sh [0-9a-f]{8}$/)]);
    expect(sim({ storage }).read(ctid, "/installed")).toBeNull();
  });
});

describe("a failure", () => {
  test.each(every)("$name, $when: it is thrown, and no lock stays", async ({ name, when }) => {
    const { storage, came } = await struckOnce(name, { do: "fail", when, reason: "NO_SPACE", message: "no room", transient: true });
    expect(came).toMatchObject({ error: { failure: { reason: "NO_SPACE", message: "no room", transient: true } } });
    if (when === "before") expect(looks(storage)).toEqual(untouched(samples[name].running));
    if (when === "after") expect(looks(storage)).toEqual(await undisturbed(name));
    expect(storage.read().containers[ctid]).toMatchObject({ lock: null, half: null, processes: [] });
  });
});

describe("a hang", () => {
  const abortable = every.filter(({ name }) => name !== "endLeftovers");
  test.each(abortable)("$name, $when: lasts until it is aborted", async ({ name, when }) => {
    const abort = new AbortController();
    const outcome = struckOnce(name, { do: "hang", when }, abort.signal);
    const first = await Promise.race([outcome, new Promise((resolve) => setImmediate(() => resolve("hangs")))]);
    abort.abort();
    expect({ first, came: (await outcome).came }).toMatchObject({ first: "hangs", came: { error: { failure: { reason: "CANCELLED" } } } });
  });
});

describe("rules", () => {
  test("strike the nth such call, or as many as they say, and are counted over restarts", async () => {
    const storage = memoryStorage();
    const faults = [{ call: "exec", nth: 2, times: 2, do: "exit", code: 7, match: "healthy" }] as const;
    sim({ storage }).outside.add(ctid);
    sim({ storage }).outside.start(ctid);
    const health = async (argv: readonly string[]) => {
      const output = { stdout: () => {}, stderr: () => {} };
      return sim({ storage, faults }).exec(ctid, { argv, env: {}, stdin: "none", output }, call());
    };
    const codes = [];
    for (let round = 0; round < 4; round += 1) codes.push(await health(["echo", "healthy"]), await health(["true"]));
    expect(codes).toEqual([0, 0, 7, 0, 7, 0, 0, 0]);
  });

  test("strike in the middle of a command that does nothing, too", async () => {
    const driver = sim({ faults: [{ call: "exec", when: "during", do: "fail" }] });
    driver.outside.add(ctid);
    driver.outside.start(ctid);
    const output = { stdout: () => {}, stderr: () => {} };
    await refused(driver.exec(ctid, { argv: ["exit", "0"], env: {}, stdin: "none", output }, call()), "BACKEND_FAILED");
  });

  test("for another call or container do not strike", async () => {
    const driver = sim({ faults: [{ call: "start", ctid: 951, do: "fail" }] });
    driver.outside.add(ctid);
    driver.outside.add(951);
    await driver.start(ctid, call());
    await driver.stop(951, { how: "kill" }, call());
    await refused(driver.start(951, call()), "BACKEND_FAILED");
  });

  test("* is every call that changes something; observe has to be named", async () => {
    const driver = sim({ faults: [{ call: "*", nth: 2, do: "fail", reason: "CONFIG_LOCK_TIMEOUT" }] });
    driver.outside.add(ctid);
    await driver.observe();
    await driver.start(ctid, call());
    await refused(driver.snapshot(ctid, taking("one"), call()), "CONFIG_LOCK_TIMEOUT");
    await driver.snapshot(ctid, taking("one"), call());
    await refused(sim({ faults: [{ call: "observe", do: "fail" }] }).observe(), "BACKEND_FAILED");
  });

  test("come from a file, read at every call; no file, no faults; nonsense is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "phoenix-sim-"));
    const file = join(folder, "faults.json");
    const driver = sim({ faults: file });
    driver.outside.add(ctid);
    await driver.start(ctid, call());
    writeFileSync(file, JSON.stringify([{ call: "stop", do: "fail", reason: "NO_SPACE" }]));
    await refused(driver.stop(ctid, { how: "kill" }, call()), "NO_SPACE");
    writeFileSync(file, JSON.stringify([{ call: "stop", nht: 1, do: "fail" }]));
    expect(await refused(driver.stop(ctid, { how: "kill" }, call()), "INVALID")).toContain("nht");
    rmSync(folder, { recursive: true });
  });
});
