import { beforeEach, expect, test } from "@jest/globals";
import type { SimDriver } from "../../../src/agent/driver/sim/sim.ts";
import { call, refused } from "../contract/bench.ts";
import { ctid, sim } from "./support.ts";

let driver: SimDriver;
beforeEach(() => {
  driver = sim();
  driver.outside.add(ctid);
  driver.outside.start(ctid);
});

const host = (lines: string) => ({ name: "host.sh", content: Buffer.from(lines) });

test("an abort ends a command's children too", async () => {
  const abort = new AbortController();
  const output = { stdout: () => abort.abort(), stderr: () => {} };
  const argv = ["sh", "-c", "sleep 60 & echo ready; sleep 60"];
  await refused(driver.exec(ctid, { argv, env: {}, stdin: "none", output }, call(undefined, abort.signal)), "CANCELLED");
  expect(driver.model().containers[ctid]?.processes).toEqual([]);
});

test("what is aborted prints no more", async () => {
  const abort = new AbortController();
  let chunks = 0;
  const stdout = () => {
    chunks += 1;
    abort.abort();
  };
  const running = driver.runOnHost(
    ctid,
    host("# sim: print 5000 lines\n"),
    { env: {}, output: { stdout, stderr: () => {} } },
    call(undefined, abort.signal),
  );
  await refused(running, "CANCELLED");
  expect(chunks).toBe(1);
});

test("the leftovers on the host are those for the container", async () => {
  const output = (forCtid: number) => ({ stdout: () => driver.endLeftovers(forCtid, call().run), stderr: () => {} });
  const run = (forCtid: number) =>
    driver.runOnHost(ctid, host("# sim: echo ready\n# sim: write /later yes\n"), { env: {}, output: output(forCtid) }, call());
  expect(await run(ctid)).toBe(137);
  expect(driver.read(ctid, "/later")).toBeNull();
  expect(await run(951)).toBe(0);
  expect(driver.read(ctid, "/later")).toBe("yes\n");
});
