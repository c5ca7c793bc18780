import { expect, test } from "@jest/globals";
import { call, refused, type Bench } from "./bench.ts";

export function powerContract(bench: Bench): void {
  test("starts, and is running when the call resolves", async () => {
    const ctid = await bench.running();
    expect((await bench.look(ctid)).state).toBe("running");
    expect((await bench.exec(ctid, ["true"])).code).toBe(0);
  });

  test.each([{ how: "graceful", timeout_s: 30 }, { how: "kill" }] as const)(
    "stops ($how), also right after the start, and keeps its files",
    async (how) => {
      const ctid = await bench.running();
      await bench.write(ctid, "/kept", "yes");
      await bench.driver().stop(ctid, how, call());
      expect((await bench.look(ctid)).state).toBe("stopped");
      await bench.driver().start(ctid, call());
      await bench.driver().stop(ctid, how, call());
      expect((await bench.look(ctid)).state).toBe("stopped");
      expect(await bench.whileRunning(ctid, () => bench.read(ctid, "/kept"))).toBe("yes");
    },
  );

  test("an init that does not listen: TIMEOUT, not stopped; a kill ends it", async () => {
    const stubborn = bench.host().stubborn;
    if (stubborn === null) return;
    const ctid = await bench.running();
    await stubborn(ctid);
    await refused(bench.driver().stop(ctid, { how: "graceful", timeout_s: 1 }, call()), "TIMEOUT");
    expect(["running", "stopping"]).toContain((await bench.look(ctid)).state);
    await bench.driver().stop(ctid, { how: "kill" }, call());
    expect((await bench.look(ctid)).state).toBe("stopped");
  });
}
