// How many pct calls things cost: each of the real one takes more than half a second (facts/proxmox.md, "Cost").
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mergedRaw, type Settings } from "../../../src/agent/domain/container.ts";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import { attaching, call, runA, runB, taking } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const ctid = 950;

/** A Proxmox whose pct writes down how it is called, with a running container that has a data volume and a bind mount and has been through a letsgo. */
function world(pool: string) {
  const pct: TestPct = makePct();
  const folder = pct.pool.hostFolder();
  const [log, file] = [join(folder, "calls"), join(folder, "pct")];
  writeFileSync(file, `#!/bin/sh\necho "$1" >> '${log}'\nexec '${pct.pct}' "$@"\n`, { mode: 0o755 });
  const driver = proxmoxDriver(hostSettings({ pct: file, world: pct.world }), { state_dir: folder, log: quietLog });
  const counted = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    rmSync(log, { force: true });
    await work();
    return existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
  };
  return { pct, driver, counted, models: pct.pool.hostFolder(), pool };
}

const wanted: Settings = { hostname: "vllm", memory_mb: "256", cores: "1", options: "nesting=1", raw: "lxc.environment=A=1" };

describeContainers("pct calls", () => {
  describe.each([
    { pool: "btr", insured: true, expected: ["rollback", "set", "start", "snapshot", "delsnapshot", "snapshot", "delsnapshot"] },
    { pool: "zp", insured: false, expected: ["delsnapshot", "rollback", "set", "start", "snapshot"] },
  ])("on $pool", ({ pool, insured, expected }) => {
    let made: ReturnType<typeof world>;
    beforeAll(async () => {
      made = world(pool);
      const { driver, pct } = made;
      pct.seed(
        ctid,
        `arch: amd64\nhostname: vllm\nmemory: 128\nostype: unmanaged\nrootfs: ${pool}:${pool === "zp" ? "" : `${ctid}/`}subvol-${ctid}-disk-0${pool === "zp" ? "" : ".subvol"},size=4G\nswap: 64\n`,
      );
      await driver.attach(ctid, mounts(made), call());
      await driver.start(ctid, call());
      await driver.snapshot(ctid, taking("pre-configured"), call());
      await driver.snapshot(ctid, taking("final-form"), call());
    }, 60_000);
    afterAll(() => made.pct.dispose());

    test("a letsgo, with a volume, a bind mount and changed settings", async () => {
      const { driver, counted } = made;
      const before = (await driver.observe()).containers.get(ctid);
      const calls = await counted(() => letsgo(driver, made, insured));
      expect(calls).toEqual(expected);
      const after = (await driver.observe()).containers.get(ctid);
      expect(after?.attachments).toEqual(before?.attachments);
      expect(after).toMatchObject({
        state: "running",
        detached: [],
        settings: { ...wanted, raw: expect.stringContaining("lxc.environment=A=1") },
      });
      expect(after?.snapshots).toMatchObject([{ name: "pre-configured" }, { name: "final-form", run: runB }]);
    }, 60_000);

    test("what is so already costs none", async () => {
      const { driver, counted } = made;
      const calls = await counted(async () => {
        const { settings = {} } = (await driver.observe()).containers.get(ctid) ?? {};
        expect(settings).toMatchObject({ memory_mb: "256" });
        expect(await driver.configure(ctid, settings, call())).toEqual([]);
        expect(await driver.attach(ctid, mounts(made), call())).toEqual([]);
        await driver.start(ctid, call());
        await driver.snapshot(ctid, taking("final-form"), call(runB));
        await driver.deleteSnapshot(ctid, "nothing", call());
        await driver.endLeftovers(ctid, runA);
      });
      expect(calls).toEqual([]);
    });
  });
});

function mounts({ models, pool }: ReturnType<typeof world>) {
  return attaching({
    volumes: [{ name: "data", pool, size_gb: 1, mount_point: "/data", snapshot: false }],
    mounts: [{ host_path: models, container_path: "/models", owner_uid: null, owner_gid: null }],
  });
}

/** What a letsgo asks of a driver (plan/renew.ts): with an insurance where final-form has not gone before. */
async function letsgo(driver: Driver, made: ReturnType<typeof world>, insured: boolean): Promise<void> {
  const c = call(runB);
  const { attachments = [], settings = {} } = (await driver.observe()).containers.get(ctid) ?? {};
  if (!insured) await driver.deleteSnapshot(ctid, "final-form", c);
  await driver.restore(ctid, "pre-configured", c);
  await driver.configure(ctid, { ...wanted, raw: mergedRaw(settings.raw ?? "", wanted.raw ?? "") }, c);
  await driver.attach(ctid, { ...mounts(made), keep: attachments }, c);
  await driver.start(ctid, c);
  if (insured) await driver.snapshot(ctid, taking("phoenix-insurance"), c);
  if (insured) await driver.deleteSnapshot(ctid, "final-form", c);
  await driver.snapshot(ctid, taking("final-form"), c);
  if (insured) await driver.deleteSnapshot(ctid, "phoenix-insurance", c);
  await driver.start(ctid, c);
}
