import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simFromSettings } from "../../../src/agent/driver/sim/from-settings.ts";
import { fileStorage } from "../../../src/agent/driver/sim/storage.ts";
import { virtualClock } from "../../../src/agent/driver/sim/virtual-clock.ts";
import { call, collected, refused, taking } from "../contract/bench.ts";
import { ctid, sim } from "./support.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-sim-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const state = () => join(folder, "state.json");

describe("a platform in a file", () => {
  test("outlives its driver", async () => {
    const driver = sim({ storage: fileStorage(state()) });
    driver.outside.add(ctid);
    driver.outside.machine(1000, "running");
    await driver.start(ctid, call());
    await driver.snapshot(ctid, taking("one"), call());
    expect(await sim({ storage: fileStorage(state()) }).observe()).toEqual(await driver.observe());
    expect(readdirSync(folder)).toEqual(["state.json"]);
  });

  test("is seen by all who look at it", async () => {
    const [one, two] = [sim({ storage: fileStorage(state()) }), sim({ storage: fileStorage(state()) })];
    one.outside.add(ctid);
    await two.start(ctid, call());
    one.outside.write(ctid, "/file", "hello");
    expect(two.read(ctid, "/file")).toBe("hello");
    expect(one.model().containers[ctid]?.state).toBe("running");
  });

  test("outlives a driver that is killed in the middle of a call", async () => {
    sim({ storage: fileStorage(state()) }).outside.add(ctid);
    sim({ storage: fileStorage(state()) }).outside.snapshot(ctid, "base");
    sim({ storage: fileStorage(state()) }).outside.start(ctid);
    writeFileSync(join(folder, "faults.json"), JSON.stringify([{ call: "restore", nth: 1, when: "during", do: "crash" }]));
    const child = spawnSync(process.execPath, [join(__dirname, "child.ts"), folder], { encoding: "utf8" });
    expect(child).toMatchObject({ signal: "SIGKILL", stdout: "", stderr: "" });
    expect(readFileSync(join(folder, "calls.ndjson"), "utf8")).toMatch(/^\{"at":\d+,"call":"restore","ctid":950,.*\}\n$/);
    const driver = sim({ storage: fileStorage(state()) });
    expect(driver.model().containers[ctid]).toMatchObject({ state: "stopped", lock: "rollback" });
    await refused(driver.start(ctid, call()), "LOCKED");
    expect(spawnSync(process.execPath, [join(__dirname, "child.ts"), folder], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stdout: "done\n",
    });
    expect(driver.model().containers[ctid]).toMatchObject({ state: "stopped", lock: null });
  });
});

describe("a platform from settings", () => {
  const settings = {
    state: null,
    faults: null,
    log: null,
    latency_ms: 250,
    pools: { tank: "none" },
    atomic_replace: false,
    unknown_commands: "succeed",
  } as const;

  test("is like them", async () => {
    const clock = virtualClock("auto", 0);
    const driver = simFromSettings(settings, clock);
    driver.outside.add(ctid, { pool: "tank" });
    await driver.start(ctid, call());
    expect(clock.now()).toBe(250);
    expect(driver.capabilities.atomic_replace).toBe(false);
    await refused(driver.snapshot(ctid, taking("one"), call()), "SNAPSHOT_UNSUPPORTED");
    const { output, stderr } = collected();
    expect(await driver.exec(ctid, { argv: ["curl", "-fs", "http://localhost"], env: {}, stdin: "none", output }, call())).toBe(0);
    expect(stderr()).toBe("");
  });

  test("keeps its state, its faults and its log where they say", async () => {
    const files = { state: state(), faults: join(folder, "faults.json"), log: join(folder, "calls.ndjson") };
    const driver = simFromSettings({ ...settings, ...files }, virtualClock("auto"));
    driver.outside.add(ctid);
    writeFileSync(files.faults, JSON.stringify([{ call: "stop", do: "fail" }]));
    await driver.start(ctid, call());
    await refused(driver.stop(ctid, { how: "kill" }, call()), "BACKEND_FAILED");
    const logged = readFileSync(files.log, "utf8").trimEnd().split("\n");
    expect(logged.map((line) => JSON.parse(line) as unknown)).toEqual(driver.calls());
    expect(fileStorage(state()).read().containers[ctid]?.state).toBe("running");
  });
});
