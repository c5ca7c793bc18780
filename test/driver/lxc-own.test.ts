// What is plain LXC's own, beyond the contract of all drivers.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lxcDriver } from "../../src/agent/driver/lxc/lxc.ts";
import { poolAt } from "../../src/agent/driver/lxc/paths.ts";
import { initPid } from "../../src/agent/driver/lxc/state.ts";
import type { Settings } from "../../src/agent/domain/container.ts";
import { attaching, call, collected, refused, taking } from "./contract/bench.ts";
import { describeContainers } from "../support/describe-containers.ts";
import { makePool, type TestPool } from "../support/pool.ts";

describeContainers("plain LXC on btrfs", () => {
  let pool: TestPool;
  let driver: ReturnType<typeof lxcDriver>;
  let last = 600;
  beforeAll(() => {
    pool = makePool();
    driver = lxcDriver({ path: pool.path }, { templates_base: "/" });
  });
  afterAll(() => pool.dispose());

  const create = async (settings: Settings = {}, template = pool.template): Promise<number> => {
    const ctid = (last += 1);
    await driver.create(
      ctid,
      { do: "create", origin: { from: "template", template }, name: `c${ctid}`, pool: "", unprivileged: false, settings },
      call(),
    );
    return ctid;
  };
  const running = async (settings: Settings = {}): Promise<number> => {
    const ctid = await create(settings);
    await driver.start(ctid, call());
    return ctid;
  };
  const sh = async (ctid: number, script: string) => {
    const { output, stdout, stderr } = collected();
    const code = await driver.exec(ctid, { argv: ["sh", "-c", script], env: {}, stdin: "none", output }, call());
    return `${code} ${stdout()}${stderr()}`.trim();
  };
  const look = async (ctid: number) => {
    const found = (await driver.observe()).containers.get(ctid);
    if (found === undefined) throw new Error(`no container ${ctid}`);
    return found;
  };
  const config = (ctid: number) => join(pool.path, String(ctid), "config");
  const lxc = (tool: string, ctid: number) => execFileSync(tool, ["-P", pool.path, "-n", String(ctid)]);

  describe("settings", () => {
    test("are in force at the next start", async () => {
      const ctid = await running({ hostname: "here", memory_mb: "64", swap_mb: "32", cores: "1", nameserver: "192.0.2.1 192.0.2.2" });
      expect(await sh(ctid, "hostname; cat /etc/resolv.conf")).toBe("0 here\nnameserver 192.0.2.1\nnameserver 192.0.2.2");
      const groups = readFileSync(`/proc/${await initPid(poolAt(pool.path), ctid)}/cgroup`, "utf8");
      const limit = (controller: string, name: string) => {
        const group = new RegExp(`^\\d+:${controller}:(.*)$`, "m").exec(groups)?.[1] ?? "";
        return readFileSync(join("/sys/fs/cgroup", controller, group, name), "utf8").trim();
      };
      if (existsSync("/sys/fs/cgroup/memory")) {
        expect(limit("memory", "memory.limit_in_bytes")).toBe(String(64 * 1024 * 1024));
        expect(limit("cpu", "cpu.cfs_quota_us")).toBe("100000");
      } else {
        expect(limit("", "memory.max")).toBe(String(64 * 1024 * 1024));
        expect(limit("", "cpu.max")).toBe("100000 100000");
      }
    });

    test("lines and comments of a hand survive, and a hand's change of a setting is seen", async () => {
      const ctid = await create({ memory_mb: "64", raw: "lxc.environment=A=1" });
      appendFileSync(config(ctid), "# by hand\nlxc.environment = B=2\n");
      writeFileSync(config(ctid), readFileSync(config(ctid), "utf8").replace("memory.max = 64M", "memory.max = 80M"));
      expect((await look(ctid)).settings).toMatchObject({ memory_mb: "80", raw: "lxc.environment=A=1" });
      await driver.configure(ctid, { memory_mb: "96", raw: "lxc.environment=C=3" }, call());
      expect(readFileSync(config(ctid), "utf8")).toContain("# by hand\nlxc.environment = B=2\n");
      expect(readFileSync(config(ctid), "utf8")).not.toContain("A=1");
      await driver.start(ctid, call());
      expect((await look(ctid)).settings).toMatchObject({ memory_mb: "96", raw: "lxc.environment=C=3" });
    });

    test("GPUs are devices, that are passed over when they are missing, and noted", async () => {
      const ctid = await create();
      const noted = call();
      await driver.configure(ctid, { gpus: "0,7" }, noted);
      expect(noted.notes.join()).toContain("/dev/nvidia7");
      expect(await look(ctid)).toMatchObject({ gpu_access: true, attachments: [], settings: { gpus: "0,7" } });
      await driver.start(ctid, call());
      await driver.configure(ctid, { gpus: "" }, call());
      expect((await look(ctid)).gpu_access).toBe(false);
      expect((await look(ctid)).settings.gpus).toBeUndefined();
    });

    test.each([
      [{ network: "name=eth0,bridge=nowhere0,ip=dhcp" }, "nowhere0"],
      [{ raw: "lxc.environment" }, "not an lxc setting"],
      [{ hostname: "a\nlxc.hook.pre-start = /bin/sh" }, "control characters"],
      [{ memory_mb: "much" }, "whole number"],
    ] as const)("%j is INVALID, and changes nothing", async (settings, said) => {
      const ctid = await create();
      const before = readFileSync(config(ctid), "utf8");
      expect(await refused(driver.configure(ctid, settings, call()), "INVALID")).toContain(said);
      expect(readFileSync(config(ctid), "utf8")).toBe(before);
    });
  });

  describe("restoring", () => {
    test("reverts the config, keeps volumes, and keeps the data of a snapshot's volume that the snapshot does not know", async () => {
      const ctid = await create({ memory_mb: "64" });
      const data = { name: "data", pool: "", size_gb: 1, mount_point: "/data", snapshot: false };
      await driver.attach(ctid, attaching({ volumes: [data] }), call());
      await driver.snapshot(ctid, taking("base"), call());
      await driver.configure(ctid, { memory_mb: "96" }, call());
      await driver.attach(ctid, attaching({ volumes: [{ ...data, name: "late", mount_point: "/late", snapshot: true }] }), call());
      await driver.start(ctid, call());
      await sh(ctid, "echo new > /data/file; echo new > /late/file; echo new > /file");
      const { attachments } = await look(ctid);
      await driver.restore(ctid, "base", call());
      expect(await look(ctid)).toMatchObject({ settings: { memory_mb: "64" }, detached: ["snapshot-volumes/late"] });
      await driver.attach(ctid, attaching({ keep: attachments }), call());
      await driver.start(ctid, call());
      expect(await sh(ctid, "cat /data/file /late/file; ls /file")).toBe("1 new\nnew\nls: /file: No such file or directory");
      expect((await look(ctid)).detached).toEqual([]);
    });

    test("takes volumes along that are to be snapshotted", async () => {
      const ctid = await create();
      const volume = { name: "data", pool: "", size_gb: 1, mount_point: "/data", snapshot: true };
      await driver.attach(ctid, attaching({ volumes: [volume] }), call());
      await driver.start(ctid, call());
      await sh(ctid, "echo then > /data/file");
      await driver.snapshot(ctid, taking("base"), call());
      await sh(ctid, "echo now > /data/file");
      await driver.restore(ctid, "base", call());
      await driver.start(ctid, call());
      expect(await sh(ctid, "cat /data/file")).toBe("0 then");
    });

    test("brings back subvolumes inside of the root file system, and everything can be deleted", async () => {
      const ctid = await create();
      const rootfs = /dir:(.*)/.exec(readFileSync(config(ctid), "utf8"))?.[1] ?? "";
      const nested = join(rootfs, "var/nested");
      for (const path of [nested, join(nested, "inner")]) execFileSync("btrfs", ["subvolume", "create", path]);
      writeFileSync(join(nested, "inner/file"), "then");
      await driver.snapshot(ctid, taking("base"), call());
      writeFileSync(join(nested, "inner/file"), "now");
      await driver.restore(ctid, "base", call());
      await driver.start(ctid, call());
      expect(await sh(ctid, "cat /var/nested/inner/file; echo more > /var/nested/inner/file")).toBe("0 then");
      expect(existsSync(rootfs)).toBe(false);
      await driver.deleteSnapshot(ctid, "base", call());
      expect((await look(ctid)).snapshots).toEqual([]);
    });
  });

  describe("power", () => {
    test("an init that can't run: what LXC says", async () => {
      const ctid = await create({ raw: "lxc.init.cmd=/nowhere/init" });
      expect(await refused(driver.start(ctid, call()), "BACKEND_FAILED")).toContain('Failed to exec "/nowhere/init"');
      expect((await look(ctid)).state).toBe("stopped");
    });

    test("a frozen one: exec says so rather than hang, and it can be stopped", async () => {
      const ctid = await running();
      lxc("lxc-freeze", ctid);
      expect((await look(ctid)).state).toBe("frozen");
      expect(
        await refused(
          driver.exec(ctid, { argv: ["true"], env: {}, stdin: "none", output: collected().output }, call()),
          "CONTAINER_NOT_RUNNING",
        ),
      ).toContain("frozen");
      await driver.stop(ctid, { how: "graceful", timeout_s: 20 }, call());
      await driver.start(ctid, call());
      lxc("lxc-freeze", ctid);
      await driver.stop(ctid, { how: "kill" }, call());
      expect((await look(ctid)).state).toBe("stopped");
    });
  });

  describe("exec", () => {
    test("100 MB come through, byte for byte", async () => {
      const ctid = await running();
      const script = `yes "$(printf 'a\\r\\377\\0303\\t')" | head -c 100000000`;
      const wanted = execFileSync("sh", ["-c", `${script} | sha256sum`], { encoding: "utf8" }).slice(0, 64);
      const sum = createHash("sha256");
      const output = { stdout: (chunk: Uint8Array) => void sum.update(chunk), stderr: () => {} };
      expect(await driver.exec(ctid, { argv: ["sh", "-c", script], env: {}, stdin: "none", output }, call())).toBe(0);
      expect(sum.digest("hex")).toBe(wanted);
    });

    test("an abort ends what was put in the background too, and leaves what others run", async () => {
      const ctid = await running();
      await sh(ctid, "sleep 4720 >/dev/null 2>&1 &");
      const abort = new AbortController();
      const output = { stdout: () => abort.abort(), stderr: () => {} };
      const argv = ["sh", "-c", "setsid sleep 4721 >/dev/null 2>&1 & (sleep 4722 &) ; echo ready; sleep 4723"];
      await refused(driver.exec(ctid, { argv, env: {}, stdin: "none", output }, call(undefined, abort.signal)), "CANCELLED");
      expect((await sh(ctid, "ps -o args | grep -c '[s]leep 472[0-3]'; ps -o args | grep '[s]leep 472'")).split("\n")).toEqual([
        "0 1",
        "sleep 4720",
      ]);
    });

    test("scripts can write to /dev/stderr", async () => {
      expect(await sh(await running(), "echo err > /dev/stderr")).toBe("0 err");
    });
  });

  describe("templates", () => {
    test.each(["tar", "tar.gz", "tar.xz", "tar.zst"])("a .%s is unpacked", async (ending) => {
      const file = join(pool.hostFolder(), `rootfs.${ending}`);
      execFileSync("tar", ["-c", "-a", "-f", file, "-C", pool.template, "."]);
      const ctid = await create({}, file);
      await driver.start(ctid, call());
      expect(await sh(ctid, "stat -c %a /root /tmp")).toBe("0 700\n1777");
    });

    test("a changed one is unpacked anew", async () => {
      const folder = pool.hostFolder();
      execFileSync("cp", ["-a", `${pool.template}/.`, folder]);
      const old = await create({}, folder);
      writeFileSync(join(folder, "etc/version"), "2");
      const young = await create({}, folder);
      await driver.start(old, call());
      await driver.start(young, call());
      expect([await sh(old, "cat /etc/version"), await sh(young, "cat /etc/version")]).toEqual([
        "1 cat: can't open '/etc/version': No such file or directory",
        "0 2",
      ]);
    });
  });

  describe("a script inside", () => {
    const folder = "/opt/drop";
    const run = async (ctid: number, text: string, beside: readonly string[] = [], into = folder) => {
      const files = ["run.sh", ...beside].map((name) => ({ name, content: Buffer.from(`#!/bin/sh\n${text}\n`), mode: 0o700 }));
      const { output, stdout, stderr } = collected();
      const work = driver.runInside(ctid, { folder: into, files, main: "run.sh" }, { env: {}, output }, call());
      return work.then((code) => `${code} ${stdout()}${stderr()}`.trim());
    };

    test("finds its files in a guest without tar too, with names of any length", async () => {
      const ctid = await running();
      const long = "n".repeat(200);
      const list = `cat; ls ${folder}; stat -c %a ${folder} ${folder}/*; exit 5`;
      expect(await run(ctid, list, [long])).toBe(`5 ${long}\nrun.sh\n700\n700\n700`);
      await sh(ctid, "rm /bin/tar");
      expect(await run(ctid, list, ["a"])).toBe("5 a\nrun.sh\n700\n700\n700");
      expect(await sh(ctid, `ls ${folder}`)).toMatch(/^1 /);
    });

    test("has the usual umask, and starts no reader of its files", async () => {
      const ctid = await running();
      expect(await run(ctid, "umask; cat")).toBe("0 0022");
    });

    test("that can't be put anywhere is not run, and says why", async () => {
      const ctid = await running();
      await sh(ctid, "rm -rf /opt; echo file >/opt");
      expect(await refused(run(ctid, "echo run >/ran"), "BACKEND_FAILED")).toMatch(/files could not be put into \/opt\/drop .*: .*\/opt/);
      expect(await sh(ctid, "cat /opt; test -e /ran")).toBe("1 file");
    });

    test("that kills all that it can leaves no folder", async () => {
      const ctid = await running();
      expect(await run(ctid, "kill -9 -1; kill -9 $PPID; sleep 10")).toMatch(/^137/);
      expect(await sh(ctid, `test -e ${folder}`)).toBe("1");
    });

    test.each(["/tmp", "tmp/run", "/tmp/../run"])("%s is no folder for one", async (no) => {
      const ctid = await create();
      await refused(run(ctid, "true", [], no), "INVALID");
    });
  });

  test("a bind mount of a folder that is not there is INVALID; its owner is set where it differs", async () => {
    const ctid = await create();
    const folder = pool.hostFolder();
    const mount = { host_path: join(folder, "no"), container_path: "/m", owner_uid: 1000, owner_gid: null };
    expect(await refused(driver.attach(ctid, attaching({ mounts: [mount] }), call()), "INVALID")).toContain(mount.host_path);
    mkdirSync(join(folder, "with space"));
    chmodSync(join(folder, "with space"), 0o755);
    await driver.attach(ctid, attaching({ mounts: [{ ...mount, host_path: join(folder, "with space") }] }), call());
    expect(statSync(join(folder, "with space")).uid).toBe(1000);
    await driver.start(ctid, call());
    expect(await sh(ctid, "touch /m/file; stat -c %u /m")).toBe("0 1000");
    expect(existsSync(join(folder, "with space/file"))).toBe(true);
  });

  test("a damaged container does not hide the others", async () => {
    const [damaged, fine] = [await create(), await create()];
    writeFileSync(join(pool.path, String(damaged), "snapshots.json"), "{");
    expect((await look(damaged)).lock).toContain("damaged");
    expect((await look(fine)).lock).toBeNull();
    await refused(driver.restore(damaged, "base", call()), "BACKEND_FAILED");
    rmSync(join(pool.path, String(damaged)), { recursive: true });
  });
});
