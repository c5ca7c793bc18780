import { expect, test } from "@jest/globals";
import type { Ctid } from "../../../src/agent/domain/container.ts";
import { Fault } from "../../../src/agent/domain/errors.ts";
import type { Call, Driver } from "../../../src/agent/driver/driver.ts";
import { attaching, call, collected, refused, taking, type Bench } from "./bench.ts";

interface Sample {
  readonly name: string;
  readonly needs: "stopped" | "running";
  /** False for what the platform's lock does not hold back. */
  readonly locks: boolean;
  /** False for what is done anew each time. */
  readonly repeats: boolean;
  readonly act: (driver: Driver, ctid: Ctid, call: Call, pool: string) => Promise<unknown>;
}

const command = () => ({ argv: ["true"], env: {}, stdin: "none", output: collected().output }) as const;
const script = { name: "host.sh", content: Buffer.from("#!/bin/sh\nexit 0\n") };
const volume = (pool: string) => ({ name: "data", pool, size_gb: 1, mount_point: "/data", snapshot: false });

/** One of each call that changes something. `old` is a snapshot that the container has. */
const samples: readonly Sample[] = [
  { name: "configure", needs: "stopped", locks: true, repeats: true, act: (d, id, c) => d.configure(id, { memory_mb: "192" }, c) },
  {
    name: "attach",
    needs: "stopped",
    locks: true,
    repeats: true,
    act: (d, id, c, pool) => d.attach(id, attaching({ volumes: [volume(pool)] }), c),
  },
  { name: "start", needs: "stopped", locks: true, repeats: true, act: (d, id, c) => d.start(id, c) },
  {
    name: "stop, graceful",
    needs: "running",
    locks: true,
    repeats: true,
    act: (d, id, c) => d.stop(id, { how: "graceful", timeout_s: 30 }, c),
  },
  { name: "stop, kill", needs: "running", locks: true, repeats: true, act: (d, id, c) => d.stop(id, { how: "kill" }, c) },
  { name: "snapshot", needs: "running", locks: true, repeats: true, act: (d, id, c) => d.snapshot(id, taking("new"), c) },
  { name: "restore", needs: "running", locks: true, repeats: true, act: (d, id, c) => d.restore(id, "old", c) },
  { name: "deleteSnapshot", needs: "stopped", locks: true, repeats: true, act: (d, id, c) => d.deleteSnapshot(id, "old", c) },
  { name: "exec", needs: "running", locks: false, repeats: false, act: (d, id, c) => d.exec(id, command(), c) },
  {
    name: "runInside",
    needs: "running",
    locks: false,
    repeats: false,
    act: (d, id, c) =>
      d.runInside(
        id,
        { folder: "/tmp/run", files: [{ ...script, mode: 0o700 }], main: script.name },
        { env: {}, output: collected().output },
        c,
      ),
  },
  {
    name: "runOnHost",
    needs: "running",
    locks: false,
    repeats: false,
    act: (d, id, c) => d.runOnHost(id, script, { env: {}, output: collected().output }, c),
  },
];

const repeating = samples.filter((sample) => sample.repeats);
const locking = samples.filter((sample) => sample.locks);

/** What is done twice is done once. */
export function repeatContract(bench: Bench): void {
  test.each(repeating)("$name: twice is once", async (sample) => {
    const ctid = await bench.create();
    await bench.driver().snapshot(ctid, taking("old"), call());
    if (sample.needs === "running") await bench.driver().start(ctid, call());
    await sample.act(bench.driver(), ctid, call(), bench.host().pool);
    const once = await bench.look(ctid);
    await sample.act(bench.driver(), ctid, call(), bench.host().pool);
    expect(await bench.look(ctid)).toEqual(once);
  });
}

/** What every call has in common. */
export function callContract(bench: Bench): void {
  test.each(samples)("$name: a container that is not there is CONTAINER_MISSING", async (sample) => {
    const ctid = bench.unused();
    await refused(sample.act(bench.driver(), ctid, call(), bench.host().pool), "CONTAINER_MISSING");
    expect(await bench.find(ctid)).toBeUndefined();
  });

  test.each(locking)("$name: a locked container is LOCKED, and nothing was changed", async (sample) => {
    const lock = bench.host().lock;
    if (lock === null) return;
    const ctid = await bench.shared(sample.needs);
    await lock(ctid, "backup");
    const before = await bench.look(ctid);
    expect(before.lock).toBe("backup");
    expect(await refused(sample.act(bench.driver(), ctid, call(), bench.host().pool), "LOCKED")).toContain("backup");
    expect(await bench.look(ctid)).toEqual(before);
    await lock(ctid, null);
  });

  test.each(samples)("$name: aborted before it began is CANCELLED, and nothing was changed", async (sample) => {
    const ctid = await bench.shared(sample.needs);
    const before = await bench.look(ctid);
    await refused(sample.act(bench.driver(), ctid, call(undefined, AbortSignal.abort()), bench.host().pool), "CANCELLED");
    const late = AbortSignal.abort(new Fault("TIMEOUT", "it took too long"));
    await refused(sample.act(bench.driver(), ctid, call(undefined, late), bench.host().pool), "TIMEOUT");
    expect(await bench.look(ctid)).toEqual(before);
  });

  test("calls for different containers may overlap", async () => {
    const ctids = [bench.unused(), bench.unused(), bench.unused()];
    await Promise.all(ctids.map((ctid) => bench.create(ctid)));
    await Promise.all(ctids.map((ctid) => bench.driver().start(ctid, call())));
    const { containers } = await bench.driver().observe();
    expect(ctids.map((ctid) => containers.get(ctid)?.state)).toEqual(["running", "running", "running"]);
  });

  test("ending the leftovers of a run that left nothing changes nothing", async () => {
    const ctid = await bench.shared("running");
    const before = await bench.look(ctid);
    await bench.driver().endLeftovers(ctid, call().run);
    expect(await bench.look(ctid)).toEqual(before);
  });

  test("there are no leftovers in a container that is not there", async () => {
    await bench.driver().endLeftovers(bench.unused(), call().run);
  });
}
