import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { executables, makeHouse, simGround, type House, type Said } from "./support/house.ts";

// What people get wrong, with the built executables. Each gets clear words and the right exit code, and nothing is changed.

/** Starts an agent that should refuse to start; what it says. */
function refusing(house: House, ...args: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(executables.agent, [...args, "--config", join(house.folder, "agent.yaml")], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: status, out: stdout, err: stderr };
}

function withHouse(work: (house: House) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const house = makeHouse(simGround());
    try {
      await work(house);
    } finally {
      await house.dispose();
    }
  };
}

/** Nothing that changes something was asked of the platform. */
function untouched(house: House): void {
  const log = join(house.folder, "calls.log");
  expect(existsSync(log) ? readFileSync(log, "utf8") : "").toBe("");
}

describe("an agent that can't start", () => {
  test(
    "no settings",
    withHouse((house) => {
      rmSync(join(house.folder, "agent.yaml"));
      const { code, err } = refusing(house);
      expect(code).toBe(1);
      expect(err).toMatch(/^phoenix-agent: .*agent\.yaml: the settings can't be read: .*\nphoenix-agent: .*--config.*\n$/);
    }),
  );

  test(
    "settings with everything wrong, all told at once with their places",
    withHouse((house) => {
      writeFileSync(join(house.folder, "agent.yaml"), "driver: docker\nruns:\n  max_parallel: many\nlisten_on: 7443\n");
      const { code, err } = refusing(house);
      expect(code).toBe(1);
      expect(err).toMatch(/agent\.yaml:1:9 driver: expected .*proxmox.*lxc.*sim.*docker/);
      expect(err).toMatch(/agent\.yaml:3:17 runs\.max_parallel: expected .*many/);
      expect(err).toMatch(/agent\.yaml:4:1 .*listen_on/);
    }),
  );

  test(
    "a second agent on the same state folder",
    withHouse(async (house) => {
      await house.startAgent();
      const { code, err, out } = refusing(house);
      expect(code).toBe(1);
      expect(err).toMatch(/another agent \(pid \d+\) uses .*state/);
      expect(err + out).not.toMatch(/^ +at /m);
      expect(house.ctl("ps").code).toBe(0);
    }),
  );

  test(
    "a database of a newer version is left as it is",
    withHouse(async (house) => {
      await house.startAgent();
      await house.endAgent("SIGTERM");
      const file = join(house.folder, "state/phoenix.db");
      const database = new SQLite(file);
      database.pragma("user_version = 999");
      database.close();
      const before = readFileSync(file);
      const { code, err } = refusing(house);
      expect(code).toBe(1);
      expect(err).toContain("999");
      expect(readFileSync(file).equals(before)).toBe(true);
    }),
  );

  test(
    "a state folder that is a file",
    withHouse((house) => {
      writeFileSync(join(house.folder, "state"), "");
      const { code, err } = refusing(house);
      expect(code).toBe(1);
      expect(err).toMatch(/^phoenix-agent: .*state/);
    }),
  );

  test(
    "driver proxmox on a host without pct",
    withHouse((house) => {
      writeFileSync(
        join(house.folder, "agent.yaml"),
        "driver: proxmox\nproxmox: { pct: /nowhere/pct }\nsocket: a.sock\nstate_dir: state\n",
      );
      const { code, err } = refusing(house);
      expect(code).toBe(1);
      expect(err).toMatch(/driver proxmox: \/nowhere\/pct is not there\n.*driver: lxc/);
    }),
  );

  test(
    "an unknown command",
    withHouse((house) => {
      const { code, err } = refusing(house, "frobnicate");
      expect(code).toBe(2);
      expect(err).toContain("frobnicate");
    }),
  );
});

describe("a manifest that is wrong", () => {
  test(
    "not JSON: line and column, from check and from every run",
    withHouse(async (house) => {
      writeFileSync(join(house.folder, "phoenix_lxc_configs.json"), '{\n  "lxc_configs": {\n    "950": { "name": "a", }\n  }\n}\n');
      const check = refusing(house, "check");
      expect(check.code).toBe(1);
      expect(check.out).toMatch(/phoenix_lxc_configs\.json:3:\d+: error: /);
      await house.startAgent();
      const { code, err } = house.ctl("letsgo", "950");
      expect(code).toBe(6);
      expect(err).toContain("mend line 3 of");
      untouched(house);
    }),
  );

  test(
    "wrong types, a duplicate name and a missing script stop only their containers",
    withHouse(async (house) => {
      house.manifest(({ lxc_configs: all }) => {
        Object.assign(all["950"] ?? {}, { memory_mb: "lots" });
        Object.assign(all["952"] ?? {}, { application_script: "gone.sh" });
      });
      const check = refusing(house, "check");
      expect(check.out).toMatch(/error: \$\.lxc_configs\["950"\]\.memory_mb: expected .*lots/);
      expect(check.out).toMatch(/warning: \$\.lxc_configs\["952"\]\.application_script: .*gone\.sh/);
      await house.startAgent();
      const { code, err, out } = house.ctl("orchestrate", "--all");
      expect(code).toBe(3);
      expect(out + err).toContain('$.lxc_configs["950"].memory_mb');
      expect(out + err).toContain("gone.sh is not in");
      const { containers } = JSON.parse(house.ctl("ps", "-o", "json").out) as { containers: { ctid: number; state: string }[] };
      expect(containers.map(({ ctid, state }) => `${ctid} ${state}`)).toEqual(["900 running", "950 absent", "952 absent", "953 running"]);
    }),
  );
});

describe("a command line that is wrong", () => {
  let house: House;
  beforeAll(async () => {
    house = makeHouse(simGround());
    await house.startAgent();
  });
  afterAll(() => house.dispose());

  test.each([
    [["letsgo", "abc"], 2, "abc is not a CTID: expected a number from 100 to 999999999"],
    [["letsgo", "0"], 2, "0 is not a CTID: expected a number from 100 to 999999999"],
    [["letsgo", "-1"], 2, "-1 is not a CTID: expected a number from 100 to 999999999"],
    [["letsgo"], 2, "letsgo of which container?"],
    [["letsgo", "777"], 6, "777 is not in the manifest, which has 900, 950, 952, 953"],
    [["letsgo", "950"], 6, "950 does not exist on this host"],
    [["letsg", "950"], 2, "did you mean letsgo?"],
    [["snapshot", "create", "950", "a b"], 2, '"a b" can\'t be the name of a snapshot'],
    [["snapshot", "create", "950", "current"], 2, '"current" can\'t be the name of a snapshot'],
    [["snapshot", "create", "950", "x".repeat(41)], 2, "expected 2 to 40 letters"],
    [["run", "show", "01ARZ3ND"], 1, "there is no run 01ARZ3ND"],
    [["--socket", "/nonexistent/agent.sock", "ps"], 4, "systemctl start phoenix-agent"],
  ] as const)("phoenixctl %j", (args, expected, words) => {
    const { code, err, out } = house.ctl(...args);
    expect({ code, said: err + out }).toEqual({ code: expected, said: expect.stringContaining(words) as string });
    expect(err + out).not.toMatch(/^ +at /m);
    untouched(house);
  });

  test.each([
    [["frobnicate"], 2, "phoenix-agent: frobnicate is no command, and not expected here; see: phoenix-agent --help"],
    [["check", "950"], 2, "phoenix-agent: 950 is no command, and not expected here; see: phoenix-agent --help"],
    [["--nope"], 2, "phoenix-agent: there is no flag --nope; add --help to see the flags"],
    [["backup"], 2, "phoenix-agent: FILE is missing; add --help to see what is expected"],
    [["token", "create"], 2, "phoenix-agent: --role is missing, or has no value; add --help to see the flags"],
    [["token", "create", "--role", "reader", "--minutes", "x"], 2, "phoenix-agent: x: expected minutes, 1 to 1440"],
    [["token", "create", "--role", "root"], 2, "phoenix-agent: --role root: expected one of reader, operator, admin"],
  ] as const)("phoenix-agent %j", (args, expected, words) => {
    const { status, stdout, stderr } = spawnSync(executables.agent, args, { encoding: "utf8", timeout: 30_000 });
    expect({ code: status, said: stdout + stderr }).toEqual({ code: expected, said: `${words}\n` });
  });

  test("a command of phoenix-agent that needs the agent says in words why there is none", () => {
    const alone = makeHouse(simGround());
    const { code, err } = refusing(alone, "token", "list");
    void alone.dispose();
    expect(code).toBe(1);
    expect(err).toMatch(
      /^phoenix-agent: no agent answers on .*agent\.sock \(there is no such socket\)\nphoenix-agent: start it: systemctl start phoenix-agent\n$/,
    );
  });
});

describe("both executables", () => {
  test("need nothing but themselves: empty folder, reduced PATH, the checkout out of sight", () => {
    const house = makeHouse(simGround());
    const bin = join(house.folder, "installed");
    mkdirSync(bin);
    for (const file of Object.values(executables)) spawnSync("cp", [file, bin]);
    const checkout = join(import.meta.dirname, "../..");
    // A mount namespace of its own, in which something empty lies over the checkout; without root the folder stays in sight.
    const hide =
      process.getuid?.() === 0 ? ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$0" && exec sh -c "$1"', checkout] : ["sh", "-c"];
    const script = [
      "set -eu; cd /; PATH=/bin:/usr/bin",
      "trap 'kill -KILL $agent 2>/dev/null || true' EXIT",
      `${bin}/phoenix-agent --config ${house.folder}/agent.yaml >/dev/null 2>&1 & agent=$!`,
      `until ${bin}/phoenixctl --socket ${house.socket} ps >/dev/null 2>&1; do kill -0 $agent; done`,
      `${bin}/phoenixctl --socket ${house.socket} orchestrate --all`,
      `${bin}/phoenixctl --socket ${house.socket} letsgo 950`,
      "kill -TERM $agent; wait $agent; echo agent ended with $?",
    ].join("\n");
    const [file, ...args] = [...hide, script];
    const { stdout, stderr, status } = spawnSync(file, args, { encoding: "utf8", env: {} });
    void house.dispose();
    expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: "" });
    expect(stdout).toContain("950 is running");
    expect(stdout).toContain("agent ended with 0");
  });
});
