// Mount points that are out of N.conf come back whatever happens in between: the agent killed before any of its steps, or at any moment of pct's
// work, or pct itself killed. `npm test` tries half of the steps, and `npm run crash` all.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSync } from "esbuild";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFile, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { proxmoxDriver } from "../../../src/agent/driver/proxmox/proxmox.ts";
import { halfOf, inLanes, randomFrom, seed } from "../../support/random.ts";
import { call, runA, taking } from "../contract/bench.ts";
import type { KilledAt } from "./killed-at.ts";
import { hostSettings, quietLog } from "./world.ts";

const ctid = 950;
const settingsOf = (mounts: string) => `arch: amd64
hostname: it
memory: 512
${mounts}net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:3A:A0:E3,type=veth
ostype: unmanaged
PARENTrootfs: btr:950/vm-950-disk-0.raw,size=4G
swap: 512
lxc.apparmor.profile: unconfined
lxc.mount.entry: /srv/raw raw none bind,create=dir 0 0
`;
const main = settingsOf("mp0: /srv/models,mp=/models\nmp1: btr:950/vm-950-disk-1.raw,mp=/data,backup=0,size=1G\n");
const base = `\n[base]\n${settingsOf("").replace("PARENT", "").replace("swap", "snaptime: 1795399152\nswap")}`;
const before = `#a note%3A 50%25\n${main.replace("PARENT", "parent: base\n")}${base}`;

type Made = ReturnType<typeof world>;
const folders: string[] = [];
let killer = "";
const random = randomFrom(seed);
let kills = 0;
afterAll(() => {
  process.stderr.write(`${kills} kills at steps of the proxmox driver; PHOENIX_CRASH_SEED=${seed}\n`);
});

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-killer-"));
  killer = join(folder, "killed-at.mjs");
  const entryPoints = [join(import.meta.dirname, "killed-at.ts")];
  buildSync({ entryPoints, outfile: killer, bundle: true, platform: "node", format: "esm", target: "node26" });
});
afterAll(() => rmSync(dirname(killer), { recursive: true, force: true }));
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A Proxmox that is nothing but files, with a small pct. `fault`: see small-pct.pl. */
function world(text = before, fault = "") {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-crash-"));
  folders.push(folder);
  const at = (name: string) => join(folder, name);
  for (const name of ["conf", "locks", "lxc", "state/proxmox"]) mkdirSync(at(name), { recursive: true });
  writeFileSync(at("storage.cfg"), "btrfs: btr\n\tpath /nowhere\n\tcontent rootdir\n");
  const program = join(import.meta.dirname, "small-pct.pl");
  writeFileSync(at("pct"), `#!/bin/sh\nexec perl '${program}' '${at("conf")}' '${at("locks")}' '${at("fault")}' "$@"\n`, { mode: 0o755 });
  if (fault !== "") writeFileSync(at("fault"), fault);
  const conf = join(at("conf"), `${ctid}.conf`);
  writeFileSync(conf, text);
  const places = { config_dir: at("conf"), lock_dir: at("locks"), lxc_path: at("lxc"), storage_cfg: at("storage.cfg") };
  const settings = hostSettings({ pct: at("pct"), world: places });
  const driver = proxmoxDriver(settings, { state_dir: at("state"), log: quietLog });
  const files = () =>
    [...readdirSync(at("state/proxmox")), ...readdirSync(at("conf"))].filter(
      (name) => !/\.(conf|restored)$/.test(name) && name !== "scripts",
    );
  return { settings, state_dir: at("state"), gate: at("fault-gate"), driver, files, text: () => readFileSync(conf, "utf8") };
}

/** Does the call in a process that is killed, or not; the number of its steps when it lived. */
function killed({ settings, state_dir }: Made, step: number, order: KilledAt["call"]): Promise<number | null> {
  const argument: KilledAt = { settings, state_dir, step, call: order, run: runA };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [killer, JSON.stringify(argument)], (error, stdout, stderr) => {
      if (error === null) resolve(Number(stdout));
      else if (error.signal === "SIGKILL") resolve(null);
      else reject(new Error(stderr));
    });
  });
}

const cases: readonly {
  readonly name: string;
  readonly text: string;
  readonly order: KilledAt["call"];
  readonly again: (made: Made) => Promise<void>;
}[] = [
  {
    name: "snapshot",
    text: before,
    order: { method: "snapshot", args: [ctid, taking("final-form")] },
    again: ({ driver }) => driver.snapshot(ctid, taking("final-form"), call(runA)),
  },
  {
    name: "restore",
    text: before,
    order: { method: "restore", args: [ctid, "base"] },
    again: ({ driver }) => driver.restore(ctid, "base", call(runA)),
  },
  {
    name: "restore, from other settings",
    text: before.replace("memory: 512", "memory: 1024").replace("swap: 512\n", "swap: 512\ntags: prod\n"),
    order: { method: "restore", args: [ctid, "base"] },
    again: ({ driver }) => driver.restore(ctid, "base", call(runA)),
  },
  {
    // Its data volume is not to be reverted: small-pct refuses to do that.
    name: "restore, of a snapshot that was taken with the volume in it",
    text: before
      .replace("[base]", "[base]\nVOLUME")
      .replace(
        /VOLUME\narch: amd64\nhostname: it\nmemory: 512\n/,
        (found) => found.replace("VOLUME\n", "") + "mp0: btr:950/vm-950-disk-1.raw,mp=/old,size=1G\n",
      ),
    order: { method: "restore", args: [ctid, "base"] },
    again: ({ driver }) => driver.restore(ctid, "base", call(runA)),
  },
  {
    name: "deleteSnapshot",
    text: before,
    order: { method: "deleteSnapshot", args: [ctid, "base"] },
    again: ({ driver }) => driver.deleteSnapshot(ctid, "base", call(runA)),
  },
];

describe.each(cases)("$name", ({ text, order, again }) => {
  let after = "";
  let steps = 0;
  let left: readonly string[] = [];
  beforeAll(async () => {
    const made = world(text);
    steps = (await killed(made, 0, order)) ?? 0;
    after = made.text();
    left = made.files();
  });

  test("undisturbed", () => {
    expect(steps).toBeGreaterThan(5);
    expect(left).toEqual([]);
    expect(after).toContain("mp0: /srv/models,mp=/models\nmp1: btr:950/vm-950-disk-1.raw,mp=/data,backup=0,size=1G\n");
    expect(after).not.toContain("unused");
    expect(after.includes("tags: prod")).toBe(text.includes("tags: prod"));
  });

  const recovered = async (made: Made) => {
    // Before anything is put right, it is seen as it is meant.
    expect((await made.driver.observe()).containers.get(ctid)?.attachments.map(({ container_path }) => container_path)).toEqual(
      expect.arrayContaining(["/models", "/raw"]),
    );
    await made.driver.endLeftovers(ctid, runA);
    expect([text, after]).toContain(made.text());
    expect(made.files()).toEqual([]);
    await again(made);
    expect(made.text()).toBe(after);
  };

  test("the agent killed before its steps", async () => {
    const tried = halfOf(
      Array.from({ length: steps }, (_, index) => index + 1),
      random,
    );
    await inLanes(tried, 2, async (step) => {
      const made = world(text);
      expect({ step, seed, steps: await killed(made, step, order) }).toEqual({ step, seed, steps: null });
      await recovered(made);
      kills += 1;
    });
  }, 60_000);

  test.each(["before", "middle", "after"])("the agent killed %s pct's work, which goes on without it", async (fault) => {
    const made = world(text, fault);
    expect(await killed(made, 0, order)).toBeNull();
    await recovered(made);
  });

  test("a worker of pct that is still at work when the agent comes back is waited for", async () => {
    const made = world(text, "middle");
    execFileSync("mkfifo", [made.gate]);
    expect(await killed(made, 0, order)).toBeNull();
    // Said right before the wait begins. Who does not wait has time to do harm before the worker goes on.
    const opened = Promise.withResolvers<void>();
    const open = async () => {
      for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => execFile("true", resolve));
      writeFileSync(made.gate, "");
      opened.resolve();
    };
    const log = { ...quietLog, info: (_: unknown, message: string) => void (message.includes("cut off") && open()) };
    await proxmoxDriver(made.settings, { state_dir: made.state_dir, log }).endLeftovers(ctid, runA);
    await opened.promise;
    expect(made.text()).toBe(after);
  });

  test("pct killed in the middle", async () => {
    const made = world(text, "dead");
    await again(made).catch(() => {});
    expect(made.text()).not.toContain("lock:");
    expect(made.text()).not.toContain("snapstate");
    await recovered(made);
  });

  test("pct killed in the middle, with a worker that goes on, is waited for: it would fail without its lock", async () => {
    const made = world(text, "worker");
    execFileSync("mkfifo", [made.gate]);
    const said: string[] = [];
    let open = (): void => writeFile(made.gate, "", () => {});
    // The worker goes on when it is waited for, or when it is too late.
    const info = (_: unknown, message: string) => {
      said.push(message);
      if (!message.includes("goes on") && !message.startsWith("pct unlock")) return;
      open();
      open = () => {};
    };
    const driver = proxmoxDriver(made.settings, { state_dir: made.state_dir, log: { ...quietLog, info } });
    await again({ ...made, driver }).catch(() => {});
    expect(said.filter((each) => each.startsWith("pct "))).toEqual([]);
    expect(made.text()).toBe(after);
    expect(made.files()).toEqual([]);
  });
});

test("a container that is gone when the agent comes back leaves nothing", async () => {
  const made = world(before, "before");
  await killed(made, 0, { method: "snapshot", args: [ctid, taking("final-form")] });
  rmSync(join(made.settings.config_dir, `${ctid}.conf`));
  await made.driver.endLeftovers(ctid, runA);
  expect(made.files().filter((name) => name !== `${ctid}.conf`)).toEqual([]);
});

test("a lock that is not ours is left alone", async () => {
  const made = world(before.replace("hostname: it", "hostname: it\nlock: backup"));
  await made.driver.endLeftovers(ctid, runA);
  expect(made.text()).toContain("lock: backup");
  await expect(made.driver.snapshot(ctid, taking("final-form"), call(runA))).rejects.toMatchObject({ failure: { reason: "LOCKED" } });
});
