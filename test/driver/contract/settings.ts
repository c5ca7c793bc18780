import { expect, test } from "@jest/globals";
import { settingChanges, settingKeys, type Settings } from "../../../src/agent/domain/container.ts";
import { call, type Bench } from "./bench.ts";

const keysOf = (settings: Settings) => settingKeys.filter((key) => settings[key] !== undefined);

export function settingsContract(bench: Bench): void {
  test("sets what differs, names it, and it can be read back", async () => {
    const { first, second } = bench.host();
    const ctid = await bench.create();
    await bench.driver().configure(ctid, first, call());
    expect(settingChanges((await bench.look(ctid)).settings, first)).toEqual([]);
    expect([...(await bench.driver().configure(ctid, second, call()))].sort()).toEqual([...keysOf(second)].sort());
    expect(settingChanges((await bench.look(ctid)).settings, second)).toEqual([]);
  });

  test("what is set already is not set again", async () => {
    const ctid = await bench.create();
    await bench.driver().configure(ctid, bench.host().first, call());
    expect(await bench.driver().configure(ctid, bench.host().first, call())).toEqual([]);
  });

  test("leaves keys alone that it was not given", async () => {
    const ctid = await bench.create();
    await bench.driver().configure(ctid, bench.host().first, call());
    const before = (await bench.look(ctid)).settings;
    expect(await bench.driver().configure(ctid, { memory_mb: "144" }, call())).toEqual(["memory_mb"]);
    expect((await bench.look(ctid)).settings).toEqual({ ...before, memory_mb: "144" });
    expect(await bench.driver().configure(ctid, {}, call())).toEqual([]);
  });

  test("of a running container too, which goes on running", async () => {
    const ctid = await bench.running();
    await bench.driver().configure(ctid, bench.host().first, call());
    const container = await bench.look(ctid);
    expect(settingChanges(container.settings, bench.host().first)).toEqual([]);
    expect(container.state).toBe("running");
  });

  test("survive a stop and a start", async () => {
    const ctid = await bench.create();
    await bench.driver().configure(ctid, bench.host().first, call());
    await bench.whileRunning(ctid, () => bench.exec(ctid, ["true"]));
    expect(settingChanges((await bench.look(ctid)).settings, bench.host().first)).toEqual([]);
  });
}
