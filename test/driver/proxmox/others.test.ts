// Somebody else is at work on the container at the same moment: what is theirs stays as it is.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import { editConf } from "../../../src/agent/driver/proxmox/edit.ts";
import { orphansEnded } from "../../../src/agent/driver/proxmox/orphans.ts";
import { plainPct } from "../../../src/agent/driver/proxmox/pct.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import { call, refused, taking } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const rootfs = (ctid: number) =>
  `arch: amd64\nhostname: it\nmemory: 128\nostype: unmanaged\nrootfs: btr:${ctid}/subvol-${ctid}-disk-0.subvol,size=0T\nswap: 64\n`;

describeContainers("somebody else at the same moment", () => {
  let pct: TestPct;
  let driver: Driver;
  let last = 900;
  let meddling = "";

  beforeAll(() => {
    pct = makePct();
    const folder = pct.pool.hostFolder();
    meddling = join(folder, "meddling");
    // What somebody does after we have looked, and before our pct does.
    writeFileSync(join(folder, "pct"), `#!/bin/sh\n[ ! -e ${meddling} ] || sh ${meddling}\nexec '${pct.pct}' "$@"\n`, { mode: 0o755 });
    const settings = hostSettings({ pct: join(folder, "pct"), world: pct.world });
    driver = proxmoxDriver(settings, { state_dir: pct.pool.hostFolder(), log: quietLog });
  });
  afterAll(() => pct.dispose());

  const seeded = async (): Promise<number> => {
    const ctid = (last += 1);
    pct.seed(ctid, rootfs(ctid));
    writeFileSync(meddling, "");
    await driver.snapshot(ctid, taking("base"), call());
    return ctid;
  };
  const next = (script: string) => writeFileSync(meddling, `rm ${meddling}\n${script}\n`);
  const locking = (ctid: number, lock: string) => next(`'${pct.pct}' set ${ctid} --lock ${lock}`);

  test.each([
    { what: "a snapshot", lock: "snapshot", work: (ctid: number) => driver.snapshot(ctid, taking("mine"), call()) },
    { what: "a rollback", lock: "rollback", work: (ctid: number) => driver.restore(ctid, "base", call()) },
    { what: "a deletion", lock: "snapshot-delete", work: (ctid: number) => driver.deleteSnapshot(ctid, "base", call()) },
    { what: "a resize", lock: "disk", work: (ctid: number) => driver.configure(ctid, { disk_gb: "9" }, call()) },
  ])("$what that has begun since keeps its lock", async ({ lock, work }) => {
    const ctid = await seeded();
    if (lock === "disk") pct.seed((last += 1), rootfs(last).replace("size=0T", "size=4G"));
    const on = lock === "disk" ? last : ctid;
    locking(on, lock);
    await refused(work(on), "LOCKED");
    expect(pct.conf(on)).toContain(`lock: ${lock}\n`);
  });

  test("a snapshot of the same name that is being taken is not deleted", async () => {
    const ctid = await seeded();
    const theirs = `sed -i 's/^memory/lock: snapshot\\nmemory/;$a \\\\n[mine]\\nsnapstate: prepare\\nmemory: 1' ${join(pct.world.config_dir, `${ctid}.conf`)}`;
    next(theirs);
    await refused(driver.snapshot(ctid, taking("mine"), call()), "LOCKED");
    expect(pct.conf(ctid)).toContain("[mine]");
    expect(pct.conf(ctid)).toContain("lock: snapshot\n");
  });

  test("pct waits while we change N.conf, and gives up as it would for anybody", async () => {
    const ctid = await seeded();
    const settings = hostSettings(pct);
    const host = { settings, state_dir: pct.pool.hostFolder(), lxc: { path: settings.lxc_path }, pct: plainPct(settings), log: quietLog };
    pct.configure({ lock_timeout_s: 0 });
    await editConf(host, ctid, new AbortController().signal, async (text) => {
      const { exit_code, stderr } = await pct.call(["pct", "set", String(ctid), "--memory", "96"]);
      expect({ exit_code, stderr }).toEqual({ exit_code: 255, stderr: expect.stringContaining("got timeout") });
      return text;
    });
    pct.configure({});
    await pct.call(["pct", "set", String(ctid), "--memory", "96"]);
    expect(pct.conf(ctid)).toContain("memory: 96");
  });

  test("a container of this number that is being made is not taken away", async () => {
    const ctid = (last += 1);
    next(`echo 'lock: create' > ${join(pct.world.config_dir, `${ctid}.conf`)}`);
    const origin = { from: "template", template: pct.template } as const;
    await refused(
      driver.create(ctid, { do: "create", origin, name: "mine", pool: "btr", unprivileged: true, settings: {} }, call()),
      "CONTAINER_EXISTS",
    );
    expect(pct.conf(ctid)).toBe("lock: create\n");
  });

  test("what is to be cloned stays locked by who works on it", async () => {
    const [source, ctid] = [await seeded(), (last += 1)];
    locking(source, "disk");
    const origin = { from: "clone", source, snapshot: "base" } as const;
    const made = driver.create(ctid, { do: "create", origin, name: "mine", pool: "", unprivileged: false, settings: {} }, call());
    await expect(made).rejects.toMatchObject({ failure: { reason: "LOCKED", remedy: expect.stringContaining(`pct unlock ${source}`) } });
    expect(pct.conf(source)).toContain("lock: disk\n");
  });
});

test.each([
  { worker: "vzclone:901", ctids: [902, 901] },
  { worker: "vzrollback:901", ctids: [901] },
  { worker: "resize:901", ctids: [901] },
])("the worker of $worker is known by its name", async ({ worker, ctids }) => {
  const argv0 = `task UPID:pve:00007915:00039204:6B03A117:${worker}:root@pam:`;
  const child = spawn("sleep", ["600"], { argv0 });
  await once(child, "spawn");
  const seen = Promise.withResolvers<void>();
  const ended = orphansEnded(ctids, "PHOENIX_PCT=none", seen.resolve);
  await Promise.race([seen.promise, ended.then(() => Promise.reject(new Error("passed over")))]).finally(() => child.kill("SIGKILL"));
  expect(await ended).toBe(true);
});
