// How pct is asked to stop a container, and what becomes of it where it is an older one.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import { call, refused } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const ctid = 950;
const conf = `arch: amd64\nhostname: it\nmemory: 128\nostype: unmanaged\nrootfs: btr:${ctid}/subvol-${ctid}-disk-0.subvol,size=0T\nswap: 64\n`;

/** A pct from before 8.2, of a container that does not shut down; in the recorded words. */
const older = (pct: string, log: string) => `#!/bin/sh
echo "$*" >> '${log}'
case $* in
  *--overrule-shutdown*)
    printf 'Unknown option: overrule-shutdown\\n400 unable to parse option\\npct stop <vmid> [OPTIONS]\\n' >&2
    exit 2 ;;
  shutdown*)
    echo 'container did not stop' >&2
    exit 255 ;;
esac
exec '${pct}' "$@"
`;

describeContainers("stopping", () => {
  let pct: TestPct;
  let driver: Driver;
  let log = "";

  beforeAll(() => {
    pct = makePct();
    pct.seed(ctid, conf);
    const folder = pct.pool.hostFolder();
    log = join(folder, "calls");
    writeFileSync(join(folder, "pct"), older(pct.pct, log), { mode: 0o755 });
    driver = proxmoxDriver(hostSettings({ pct: join(folder, "pct"), world: pct.world }), { state_dir: folder, log: quietLog });
  });
  afterAll(() => pct.dispose());
  beforeEach(async () => {
    await driver.start(ctid, call());
    rmSync(log, { force: true });
  });
  const calls = () => readFileSync(log, "utf8").trimEnd().split("\n");

  test("a kill needs no option that an older pct does not know", async () => {
    await driver.stop(ctid, { how: "kill" }, call());
    expect((await driver.observe()).containers.get(ctid)?.state).toBe("stopped");
    expect(calls()).toEqual([`stop ${ctid} --overrule-shutdown 1`, `stop ${ctid}`]);
  });

  test("a folder that is to be mounted and is not there is named", async () => {
    pct.seed(951, `${conf.replaceAll(String(ctid), "951")}mp0: /nowhere/models,mp=/models\n`);
    await expect(driver.start(951, call())).rejects.toMatchObject({
      failure: { reason: "BACKEND_FAILED", remedy: "not on this host, and to be mounted: /nowhere/models" },
    });
  });

  // After its --timeout T pct waits for T + 5 s more: records 367 and 369.
  test.each([
    { timeout_s: 1, asked: 1 },
    { timeout_s: 60, asked: 27 },
    { timeout_s: 3600, asked: 1797 },
  ])("pct gives up after $timeout_s s", async ({ timeout_s, asked }) => {
    await refused(driver.stop(ctid, { how: "graceful", timeout_s }, call()), "TIMEOUT");
    expect(calls()).toEqual([`shutdown ${ctid} --timeout ${asked}`]);
  });
});
