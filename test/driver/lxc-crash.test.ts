// Every call that was killed at any of its steps is finished by the same call, and nothing of the first one is left. `npm test` tries half of
// the steps, and `npm run crash` all.
import { execFile } from "node:child_process";
import { buildSync } from "esbuild";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig, valueOf } from "../../src/agent/driver/lxc/config.ts";
import { lxcDriver } from "../../src/agent/driver/lxc/lxc.ts";
import { call, runA, runB, taking } from "./contract/bench.ts";
import { describeContainers } from "../support/describe-containers.ts";
import type { KilledAt } from "../support/killed-at.ts";
import { halfOf, inLanes, randomFrom, seed } from "../support/random.ts";
import { makePool, type PoolKind, type TestPool } from "../support/pool.ts";

/** The program that is killed, in one file, since it is started some hundred times. */
function program(folder: string): string {
  const entryPoints = [join(import.meta.dirname, "../support/killed-at.ts")];
  const outfile = join(folder, "killed-at.mjs");
  buildSync({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", target: "node26" });
  return outfile;
}

/** Runs a call that is killed at a step; the number of its steps when it came to its end before that. */
function killed(file: string, order: KilledAt): Promise<number | null> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, JSON.stringify(order)], (error, stdout, stderr) => {
      if (error === null) resolve(Number(stdout));
      else if (error.signal === "SIGKILL") resolve(null);
      else reject(new Error(stderr));
    });
  });
}

const kinds: readonly PoolKind[] = ["btrfs", "overlay"];
const random = randomFrom(seed);
let kills = 0;
afterAll(() => process.stderr.write(`${kills} kills of calls of the lxc driver; PHOENIX_CRASH_SEED=${seed}\n`));

describeContainers("a call of the lxc driver that is killed", () => {
  describe.each(kinds)("on %s", (kind) => {
    let pool: TestPool;
    let driver: ReturnType<typeof lxcDriver>;
    let file = "";
    let last = 800;
    beforeAll(() => {
      pool = makePool(kind);
      file = program(pool.hostFolder());
      driver = lxcDriver({ path: pool.path }, { templates_base: "/" });
    });
    afterAll(() => pool.dispose());

    const creation = () =>
      ({
        do: "create",
        origin: { from: "template", template: pool.template },
        name: "it",
        pool: "",
        unprivileged: false,
        settings: {},
      }) as const;
    const rootfs = (ctid: number): string => {
      const path = valueOf(parseConfig(readFileSync(join(pool.path, String(ctid), "config"), "utf8")), "lxc.rootfs.path") ?? "";
      return path.slice(path.lastIndexOf(":") + 1);
    };
    const look = async (ctid: number) => (await driver.observe()).containers.get(ctid);
    const content = (ctid: number) => (existsSync(join(rootfs(ctid), "file")) ? readFileSync(join(rootfs(ctid), "file"), "utf8") : null);
    const write = (ctid: number, text: string) => writeFileSync(join(rootfs(ctid), "file"), text);
    const made = async (): Promise<number> => {
      const ctid = (last += 1);
      await driver.create(ctid, creation(), call());
      write(ctid, "then");
      return ctid;
    };
    const stored = (ctid: number) => {
      const index = readFileSync(join(pool.path, String(ctid), "snapshots.json"), "utf8");
      return (JSON.parse(index) as { snapshots: { id: string }[] }).snapshots.map(({ id }) => id);
    };
    const noneLost = (ctid: number) => {
      for (const id of stored(ctid))
        expect(readdirSync(join(pool.path, String(ctid), "snaps", id)).sort()).toEqual(["config", "rootfs", "volumes"]);
    };
    const noRubbish = (ctid: number) => {
      const folder = join(pool.path, String(ctid));
      expect(readdirSync(join(folder, "live"))).toHaveLength(1);
      expect(readdirSync(join(folder, "snaps")).sort()).toEqual(stored(ctid).sort());
      expect(readdirSync(folder).filter((name) => name.endsWith(".writing"))).toEqual([]);
    };

    /** Tries kills at the steps of a call, each in a container of its own, two at a time where they can. */
    async function atEachStep(
      order: (ctid: number) => KilledAt["call"],
      prepare: () => Promise<number>,
      check: (ctid: number) => Promise<void>,
      lanes = 2,
    ): Promise<void> {
      const attempt = async (step: number) => {
        const ctid = await prepare();
        const steps = await killed(file, { path: pool.path, step, call: order(ctid), run: runB });
        await check(ctid);
        return steps;
      };
      const steps = (await attempt(0)) ?? 0;
      expect(steps).toBeGreaterThan(3);
      const tried = halfOf(
        Array.from({ length: steps }, (_, index) => index + 1),
        random,
      );
      await inLanes(tried, lanes, async (step) => {
        expect({ step, seed, steps: await attempt(step) }).toEqual({ step, seed, steps: null });
        kills += 1;
      });
    }

    test("create", async () => {
      const order = (ctid: number): KilledAt["call"] => ({ method: "create", args: [ctid, creation()] });
      const check = async (ctid: number) => {
        const before = await look(ctid);
        if (before !== undefined) expect([before.state, existsSync(rootfs(ctid))]).toEqual(["stopped", true]);
        await driver.create(ctid, creation(), call(runB));
        expect(await look(ctid)).toMatchObject({ state: "stopped", lock: null, name: "it" });
        expect(readdirSync(join(pool.path, ".making"))).toEqual([]);
        expect(existsSync(rootfs(ctid))).toBe(true);
        expect(readdirSync(join(pool.path, String(ctid), "live"))).toHaveLength(1);
      };
      const prepare = () => {
        writeFileSync(join(pool.template, "etc/version"), String((last += 1))); // so that it is unpacked anew
        return Promise.resolve(last);
      };
      await atEachStep(order, prepare, check, 1);
      expect(readdirSync(join(pool.path, ".making"))).toEqual([]);
    }, 120_000);

    test("snapshot, in the place of another one", async () => {
      const prepare = async () => {
        const ctid = await made();
        await driver.snapshot(ctid, taking("base"), call(runA));
        write(ctid, "now");
        return ctid;
      };
      const order = (ctid: number): KilledAt["call"] => ({ method: "snapshot", args: [ctid, taking("base", "atomic")] });
      const check = async (ctid: number) => {
        expect((await look(ctid))?.snapshots).toMatchObject([{ name: "base" }]);
        noneLost(ctid);
        expect(content(ctid)).toBe("now");
        await driver.snapshot(ctid, taking("base", "atomic"), call(runB));
        noRubbish(ctid);
        expect((await look(ctid))?.snapshots).toMatchObject([{ name: "base", run: runB, parent: null }]);
        write(ctid, "later");
        await driver.restore(ctid, "base", call(runB));
        expect(content(ctid)).toBe("now");
      };
      await atEachStep(order, prepare, check);
    }, 120_000);

    test("restore", async () => {
      const prepare = async () => {
        const ctid = await made();
        await driver.configure(ctid, { memory_mb: "64" }, call());
        await driver.snapshot(ctid, taking("base"), call());
        write(ctid, "now");
        await driver.configure(ctid, { memory_mb: "96" }, call());
        return ctid;
      };
      const order = (ctid: number): KilledAt["call"] => ({ method: "restore", args: [ctid, "base"] });
      const check = async (ctid: number) => {
        const between = await look(ctid);
        // Files and settings go back together.
        expect([
          ["now", "96"],
          ["then", "64"],
        ]).toContainEqual([content(ctid), between?.settings.memory_mb]);
        await driver.restore(ctid, "base", call(runB));
        noRubbish(ctid);
        expect([content(ctid), (await look(ctid))?.settings.memory_mb]).toEqual(["then", "64"]);
      };
      await atEachStep(order, prepare, check);
    }, 120_000);

    test("deleteSnapshot", async () => {
      const prepare = async () => {
        const ctid = await made();
        await driver.snapshot(ctid, taking("one"), call());
        await driver.snapshot(ctid, taking("two"), call());
        return ctid;
      };
      const order = (ctid: number): KilledAt["call"] => ({ method: "deleteSnapshot", args: [ctid, "one"] });
      const check = async (ctid: number) => {
        expect((await look(ctid))?.lock).toBeNull();
        noneLost(ctid);
        await driver.deleteSnapshot(ctid, "one", call(runB));
        noRubbish(ctid);
        expect((await look(ctid))?.snapshots).toMatchObject([{ name: "two", parent: null }]);
      };
      await atEachStep(order, prepare, check);
    }, 120_000);
  });
});
