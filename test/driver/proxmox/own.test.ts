// What only Proxmox has, over the stand-in for pct with real containers.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDescription } from "../../../src/agent/domain/container.ts";
import type { Driver } from "../../../src/agent/driver/driver.ts";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { describeContainers } from "../../support/describe-containers.ts";
import { makePct, type TestPct } from "../../support/pct/world.ts";
import { attaching, call, refused, runB, taking } from "../contract/bench.ts";
import { hostSettings, quietLog } from "./world.ts";

const rootfs = (ctid: number) =>
  `arch: amd64\nhostname: it\nmemory: 128\nostype: unmanaged\nrootfs: btr:${ctid}/subvol-${ctid}-disk-0.subvol,size=0T\nswap: 64\n`;

describeContainers("Proxmox's own", () => {
  let pct: TestPct;
  let driver: Driver;
  let last = 900;
  let qemu = "";

  beforeAll(() => {
    pct = makePct();
    qemu = pct.pool.hostFolder();
    const settings = { ...hostSettings(pct), qemu_config_dir: qemu, qemu_pid_dir: qemu };
    driver = proxmoxDriver(settings, { state_dir: pct.pool.hostFolder(), log: quietLog });
  });
  afterAll(() => pct.dispose());

  const seeded = (text = rootfs): number => {
    const ctid = (last += 1);
    pct.seed(ctid, text(ctid));
    return ctid;
  };
  const look = async (ctid: number) => (await driver.observe()).containers.get(ctid);
  const sh = async (ctid: number, script: string): Promise<string> => {
    let said = "";
    const output = { stdout: (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString()), stderr: () => {} };
    await driver.exec(ctid, { argv: ["sh", "-c", script], env: {}, stdin: "none", output }, call());
    return said.trim();
  };
  const volume = (mount_point: string, snapshot: boolean) => ({ name: "data", pool: "btr", size_gb: 1, mount_point, snapshot });

  test("virtual machines, free space, and files that are no container's or can't be read", async () => {
    writeFileSync(join(qemu, "8001.conf"), "name: up\n");
    writeFileSync(join(qemu, "8001.pid"), `${process.pid}\n`);
    writeFileSync(join(qemu, "8002.conf"), "name: down\n");
    writeFileSync(join(qemu, "8002.pid"), "999999999\n");
    writeFileSync(join(pct.world.config_dir, "950.conf.tmp.77"), "memory: 1\n");
    mkdirSync(join(pct.world.config_dir, "951.conf"));
    const { machines, free_bytes, containers } = await driver.observe();
    rmSync(join(pct.world.config_dir, "951.conf"), { recursive: true });
    expect(Object.fromEntries(machines)).toEqual({ 8001: "running", 8002: "stopped" });
    expect(free_bytes.get("btr")).toBeGreaterThan(0);
    expect(free_bytes.get("")).toBe(free_bytes.get("btr"));
    expect([...containers.keys()]).toEqual([951]);
    expect(containers.get(951)?.lock).toContain("EISDIR");
  });

  test("a volume that is to be snapshotted goes back with the root file system, others and bind mounts do not", async () => {
    const ctid = seeded();
    const models = pct.pool.hostFolder();
    const mounts = [{ host_path: models, container_path: "/models", owner_uid: null, owner_gid: null }];
    await driver.attach(ctid, attaching({ volumes: [volume("/kept", false), volume("/taken", true)], mounts }), call());
    await driver.start(ctid, call());
    const all = "/root-file /kept/file /taken/file /models/file";
    await sh(ctid, `for file in ${all}; do echo old > $file; done`);
    await driver.snapshot(ctid, taking("base"), call());
    await sh(ctid, `for file in ${all}; do echo new > $file; done`);
    const before = await look(ctid);
    await driver.restore(ctid, "base", call());
    expect((await look(ctid))?.attachments).toEqual(before?.attachments);
    await driver.start(ctid, call());
    expect(await sh(ctid, `cat ${all}`)).toBe("old\nnew\nold\nnew");
  });

  test("a snapshot that was taken by hand with a data volume in it does not revert its data", async () => {
    const ctid = seeded((id) => {
      const own = rootfs(id).replace("ostype", `mp0: btr:${id}/vm-${id}-disk-1.raw,mp=/data,size=1G\nostype`);
      return `${own.replace("ostype: unmanaged\n", "ostype: unmanaged\nparent: old\n")}\n[old]\n${own.replace("swap", "snaptime: 1795399152\nswap")}`;
    });
    const text = pct.conf(ctid);
    await driver.start(ctid, call());
    await sh(ctid, "echo new > /data/file; echo new > /root-file");
    await driver.restore(ctid, "old", call());
    expect(pct.conf(ctid)).toBe(text);
    await driver.start(ctid, call());
    expect(await sh(ctid, "cat /data/file; cat /root-file || echo gone")).toBe("new\ngone");
  });

  test("what neither the root file system nor the manifest has a say in stays as it was, and what somebody sets meanwhile", async () => {
    const net1 = "net1: name=eth1,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,type=veth";
    const ctid = seeded((id) => rootfs(id).replace("ostype", "net1: name=eth9,bridge=vmbr0,hwaddr=BC:24:11:00:00:09,type=veth\nostype"));
    await driver.snapshot(ctid, taking("base"), call());
    const set = ["--protection", "1", "--tags", "prod", "--cpuunits", "50", "--dev0", "/dev/null", "--net1", net1.slice("net1: ".length)];
    await pct.call(["pct", "set", String(ctid), ...set, "--memory", "96"]);
    const text = pct.conf(ctid);
    await driver.restore(ctid, "base", call());
    expect(pct.conf(ctid)).toBe(text.replace("memory: 96", "memory: 128"));
    expect(pct.conf(ctid)).toContain(
      `dev0: /dev/null\nhostname: it\nmemory: 128\n${net1}\nostype: unmanaged\nparent: base\nprotection: 1\n`,
    );
  });

  test("snapshots with names at their limits", async () => {
    const ctid = seeded();
    const names = ["ab", "a".repeat(40), "Final-Form_2", "pending", "constructor", "x-", "toString"];
    for (const name of names) await driver.snapshot(ctid, taking(name), call());
    expect((await look(ctid))?.snapshots.map(({ name }) => name)).toEqual(names);
    await driver.restore(ctid, "constructor", call());
    for (const name of ["constructor", "toString"]) await driver.deleteSnapshot(ctid, name, call());
    const left = (await look(ctid))?.snapshots.map(({ name, parent }) => [name, parent]);
    expect(left).toEqual([...names.slice(0, 4), "x-"].map((name, at, all) => [name, all[at - 1] ?? null]));
  });

  test("half of a snapshot, which nobody sees, does not keep ZFS from going back to what is the newest otherwise", async () => {
    const ctid = seeded((id) => {
      const own = rootfs(id).replace(/rootfs: .*/, `rootfs: zp:subvol-${id}-disk-0,size=4G`);
      const section = (name: string, more: string) => `\n[${name}]\n${own.replace("swap", `${more}swap`)}`;
      const half = section("half", "parent: base\nsnapstate: delete\nsnaptime: 1795399160\n");
      return `${own.replace("rootfs", "parent: half\nrootfs")}${section("base", "snaptime: 1795399152\n")}${half}`;
    });
    expect((await look(ctid))?.snapshots.map(({ name }) => name)).toEqual(["base"]);
    await driver.restore(ctid, "base", call());
    expect(pct.conf(ctid)).not.toContain("half");
  });

  test("a description that says who made a container, and one that survives", async () => {
    const ctid = (last += 1);
    const origin = { from: "template", template: pct.template } as const;
    await driver.create(
      ctid,
      { do: "create", origin, name: "made", pool: "btr", unprivileged: true, settings: { disk_gb: "2", memory_mb: "96" } },
      call(runB),
    );
    const text = pct.conf(ctid);
    expect(
      readDescription(
        decodeURIComponent(
          text
            .split("\n")
            .filter((line) => line.startsWith("#"))
            .map((line) => line.slice(1))
            .join("\n"),
        ),
      ).run,
    ).toBe(runB);
    expect((await look(ctid))?.settings).toMatchObject({ hostname: "made", memory_mb: "96", disk_gb: "2" });
    await driver.configure(ctid, { disk_gb: "3" }, call());
    expect(await driver.configure(ctid, { disk_gb: "1" }, call())).toEqual([]);
    expect((await look(ctid))?.settings.disk_gb).toBe("3");
  });

  test("on btrfs a stopped source that is exactly the snapshot is cloned, and any other is refused with what to do", async () => {
    const source = seeded();
    const clone = async (): Promise<number> => {
      const ctid = (last += 1);
      const origin = { from: "clone", source, snapshot: "base" } as const;
      await driver.create(ctid, { do: "create", origin, name: "clone", pool: "", unprivileged: false, settings: {} }, call());
      return ctid;
    };
    await driver.snapshot(source, taking("base"), call());
    expect(await look(await clone())).toMatchObject({ name: "clone", state: "stopped", snapshots: [] });
    await driver.start(source, call());
    await refused(clone(), "SNAPSHOT_UNSUPPORTED");
    await driver.stop(source, { how: "kill" }, call());
    expect(await refused(clone(), "SNAPSHOT_UNSUPPORTED")).toContain("started since");
    // As if the clock had been set back by a day before it was started.
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(pct.world.lxc_path, String(source), "config"), yesterday, yesterday);
    expect(await refused(clone(), "SNAPSHOT_UNSUPPORTED")).toContain("started since");
    await driver.restore(source, "base", call());
    await clone();
  });

  test("clones of one source do not stand in each other's way", async () => {
    const source = seeded();
    await driver.snapshot(source, taking("base"), call());
    const origin = { from: "clone", source, snapshot: "base" } as const;
    const ctids = [(last += 1), (last += 1)];
    await Promise.all(
      ctids.map((ctid) => driver.create(ctid, { do: "create", origin, name: "c", pool: "", unprivileged: false, settings: {} }, call())),
    );
    const { containers } = await driver.observe();
    expect(ctids.map((ctid) => containers.get(ctid)?.lock)).toEqual([null, null]);
  });

  describe("refusals", () => {
    test("storage that can't snapshot names the volume", async () => {
      const ctid = seeded((id) => rootfs(id).replace(/rootfs: .*/, `rootfs: plaindir:${id}/vm-${id}-disk-0.raw,size=1G`));
      expect(await refused(driver.snapshot(ctid, taking("base"), call()), "SNAPSHOT_UNSUPPORTED")).toContain("plaindir");
    });

    test("a device that is not there, a bridge that is not there", async () => {
      const ctid = seeded();
      await refused(driver.configure(ctid, { gpus: "7" }, call()), "DEVICE_MISSING");
      await refused(driver.configure(ctid, { network: "name=eth0,bridge=vmbr77" }, call()), "INVALID");
    });

    test("what pct complains of, and ends with 0 all the same, is passed on", async () => {
      const ctid = seeded((id) => rootfs(id).replace("size=0T", "size=4G"));
      const said = await refused(driver.configure(ctid, { disk_gb: "8" }, call()), "UNSUPPORTED");
      expect(said).toContain("disk_gb is 4, wanted 8");
      expect(said).toContain("cannot resize subvolume");
    });

    test("a folder that is not there is not made", async () => {
      const ctid = seeded();
      const mounts = [{ host_path: "/nowhere/models", container_path: "/models", owner_uid: null, owner_gid: null }];
      await refused(driver.attach(ctid, attaching({ mounts }), call()), "INVALID");
      expect(pct.conf(ctid)).not.toContain("models");
    });

    test("a template of Proxmox can't be started", async () => {
      const ctid = seeded((id) => `${rootfs(id)}template: 1\n`);
      await refused(driver.start(ctid, call()), "UNSUPPORTED");
    });
  });
});
