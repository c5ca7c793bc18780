import { expect, test } from "@jest/globals";
import { call, refused, runA, runB, taking, type Bench } from "./bench.ts";

export function createContract(bench: Bench): void {
  test("makes a container, stopped and bare", async () => {
    const ctid = await bench.create();
    expect(await bench.look(ctid)).toMatchObject({
      ctid,
      name: `test-${ctid}`,
      state: "stopped",
      lock: null,
      gpu_access: false,
      attachments: [],
      detached: [],
      snapshots: [],
    });
  });

  test("leaves one that the same run made as it is", async () => {
    const ctid = await bench.running();
    await bench.write(ctid, "/mine", "here");
    await bench.create(ctid);
    expect((await bench.look(ctid)).state).toBe("running");
    expect(await bench.read(ctid, "/mine")).toBe("here");
  });

  test("does not take a container that another run made", async () => {
    const ctid = await bench.shared("stopped");
    await refused(bench.create(ctid, undefined, runB), "CONTAINER_EXISTS");
  });

  test("a template that is not there is INVALID, and leaves nothing behind", async () => {
    const ctid = bench.unused();
    await refused(bench.create(ctid, { from: "template", template: bench.host().missing_template }), "INVALID");
    expect(await bench.find(ctid)).toBeUndefined();
    await bench.create(ctid);
    expect((await bench.look(ctid)).state).toBe("stopped");
  });

  test("clones a container as it was at a snapshot, and leaves the source alone", async () => {
    if (!bench.host().clones) return;
    const source = await bench.running();
    await bench.write(source, "/file", "then");
    await bench.driver().snapshot(source, taking("base"), call());
    await bench.write(source, "/file", "later");
    const clone = await bench.create(bench.unused(), { from: "clone", source, snapshot: "base" });
    expect(await bench.look(clone)).toMatchObject({ name: `test-${clone}`, state: "stopped", snapshots: [], attachments: [] });
    expect(await bench.whileRunning(clone, () => bench.read(clone, "/file"))).toBe("then");
    expect(await bench.read(source, "/file")).toBe("later");
  });

  test("a clone of nothing is refused, and leaves nothing behind", async () => {
    const source = await bench.shared("stopped");
    const ctid = bench.unused();
    await refused(bench.create(ctid, { from: "clone", source, snapshot: "nowhere" }), "SNAPSHOT_MISSING");
    await refused(bench.create(ctid, { from: "clone", source: bench.unused(), snapshot: "base" }), "CONTAINER_MISSING");
    expect(await bench.find(ctid)).toBeUndefined();
  });

  test("a clone of a locked container is LOCKED, and leaves nothing behind", async () => {
    const { lock, clones } = bench.host();
    if (lock === null || !clones) return;
    const source = await bench.shared("stopped");
    await lock(source, "backup");
    const ctid = bench.unused();
    await refused(bench.create(ctid, { from: "clone", source, snapshot: "old" }), "LOCKED");
    expect(await bench.find(ctid)).toBeUndefined();
    await lock(source, null);
  });

  test("aborted before it began, it makes nothing", async () => {
    const ctid = bench.unused();
    await refused(bench.driver().create(ctid, bench.creation(ctid), call(runA, AbortSignal.abort())), "CANCELLED");
    expect(await bench.find(ctid)).toBeUndefined();
  });
}
