import { expect, test } from "@jest/globals";
import { networkText } from "../../../src/agent/domain/container.ts";
import { call, refused, runA, runB, taking, type Bench } from "./bench.ts";

const network = networkText({ name: "eth0", bridge: "", ip: "192.0.2.7/24", gateway: "192.0.2.1", hwaddr: "BC:24:11:00:00:07" });

export function cloneContract(bench: Bench): void {
  test("of what is there now, without volumes and mounts, and the source stays as it is", async () => {
    const source = await bench.create();
    const folder = await bench.host().hostFolder();
    await bench.whileRunning(source, () => bench.write(source, "/file", "now"));
    const mount = { host_path: folder, container_path: "/mnt", owner_uid: null, owner_gid: null };
    const volume = { name: "data", pool: bench.host().pool, size_gb: 1, mount_point: "/data", snapshot: false };
    await bench.driver().attach(source, { do: "attach", volumes: [volume], mounts: [mount], keep: [] }, call());
    const before = await bench.look(source);
    const clone = await bench.create(bench.unused(), { from: "live", source });
    expect(await bench.look(clone)).toMatchObject({
      name: `test-${clone}`,
      state: "stopped",
      snapshots: [],
      attachments: [],
      detached: [],
    });
    expect(await bench.look(source)).toEqual(before);
    expect(await bench.whileRunning(clone, () => bench.read(clone, "/file"))).toBe("now");
  });

  test("of a running container: as it is now, or CONTAINER_RUNNING as it has said before", async () => {
    const source = await bench.running();
    await bench.write(source, "/file", "now");
    const support = (await bench.look(source)).clone_support;
    const clone = bench.unused();
    const made = bench.create(clone, { from: "live", source });
    if (support.can !== "any") {
      await refused(made, "CONTAINER_RUNNING");
      expect(await bench.find(clone)).toBeUndefined();
    } else {
      await made;
      expect(await bench.whileRunning(clone, () => bench.read(clone, "/file"))).toBe("now");
    }
    expect(await bench.look(source)).toMatchObject({ state: "running", lock: null });
  });

  test("says before what it can be made of", async () => {
    const source = await bench.shared("stopped");
    if (bench.host().clones) expect((await bench.look(source)).clone_support.can).not.toBe("stopped");
  });

  test("is taken away again by its run, running or not, and by nobody else", async () => {
    const source = await bench.create();
    const clone = await bench.create(bench.unused(), { from: "live", source }, runB);
    await bench.driver().destroy(clone, call(runA));
    expect(await bench.look(clone)).toMatchObject({ state: "stopped" });
    await bench.driver().start(clone, call(runB));
    await bench.driver().snapshot(clone, taking("one"), call(runB));
    await bench.driver().destroy(clone, call(runB));
    expect(await bench.find(clone)).toBeUndefined();
    await bench.driver().destroy(clone, call(runB));
    expect(await bench.look(source)).toMatchObject({ state: "stopped", lock: null });
    // The number is free again.
    await bench.create(clone, { from: "live", source }, runA);
    expect(await bench.look(clone)).toMatchObject({ state: "stopped", snapshots: [] });
  });

  test("has no address of its source", async () => {
    const { bridge } = bench.host();
    if (bridge === null) return;
    const source = await bench.create();
    const bridged = network.replace("bridge=,", `bridge=${bridge},`);
    await bench.driver().configure(source, { network: bridged }, call());
    const clone = await bench.create(bench.unused(), { from: "live", source });
    const text = (await bench.look(clone)).settings.network ?? "";
    expect(text).toContain("name=eth0");
    expect(text).not.toMatch(/192\.0\.2|BC:24:11:00:00:07/);
  });

  test("of nothing is refused, and leaves nothing behind", async () => {
    const ctid = bench.unused();
    await refused(bench.create(ctid, { from: "live", source: bench.unused() }), "CONTAINER_MISSING");
    expect(await bench.find(ctid)).toBeUndefined();
  });
}
