// Three hosts across the network and one client: everything is the built executables, real TLS and real containers.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeContainers } from "../support/describe-containers.ts";
import { executables, lxcGround, makeHouse, type House, type Said } from "./support/house.ts";

const homes = [
  { name: "pve1", ctid: 950, address: "127.0.0.2:0" },
  { name: "pve2", ctid: 1203, address: "127.0.0.3:0" },
  { name: "pve3", ctid: 2001, address: "127.0.0.4:0" },
] as const;

describeContainers("three hosts with real containers", () => {
  const workstation = mkdtempSync(join(tmpdir(), "phoenix-workstation-"));
  const houses: House[] = [];

  const run = (file: string, ...args: readonly string[]): Said => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      PHOENIX_CONFIG_DIR: workstation,
      PHOENIX_CACHE_DIR: join(workstation, "cache"),
      TZ: "UTC",
    };
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
    return { code: status, out: stdout, err: stderr };
  };
  const ctl = (...args: readonly string[]) => run(executables.ctl, ...args);
  const good = ({ code, out, err }: Said): string => {
    if (code !== 0) throw new Error(`exit code ${code}: ${out}${err}`);
    return out;
  };
  const script = (house: House | undefined, version: number, last = "") =>
    house?.script("app.sh", `#!/bin/sh\necho version ${version} >/etc/version\n${last}\n`);
  const containers = () => {
    const { containers: all } = JSON.parse(good(ctl("ps", "-o", "json"))) as {
      containers: { host: string; ctid: number; state: string; snapshots: { name: string; run_id: string }[] }[];
    };
    return all;
  };
  const inside = (ctid: number, command: string) => ctl("exec", String(ctid), "--", "sh", "-c", command);

  beforeAll(async () => {
    for (const { ctid, address } of homes) {
      const ground = lxcGround();
      const house = makeHouse({ ...ground, settings: [...ground.settings, `listen: ${address}`] });
      houses.push(house);
      house.manifest((manifest) => {
        manifest.lxc_configs = { [ctid]: { name: `c${ctid}`, template: "base", memory_mb: 64, cores: 1, application_script: "app.sh" } };
      });
      script(house, 1);
    }
    await Promise.all(houses.map((house) => house.startAgent()));
    for (const [index, house] of houses.entries()) {
      const { name } = homes[index] ?? homes[0];
      const token = good(run(executables.agent, "token", "create", "--role", "operator", "--config", join(house.folder, "agent.yaml")));
      good(ctl("host", "add", name, token.trim()));
    }
    good(ctl("orchestrate", "--all", "--all-hosts"));
  });
  afterAll(async () => {
    await Promise.all(houses.map((house) => house.dispose()));
    rmSync(workstation, { recursive: true, force: true });
  });

  test("letsgo goes to all three at once, each container to its own host", () => {
    good(inside(1203, "echo by hand >/etc/broken"));
    const before = containers();
    for (const house of houses) script(house, 2);
    const { code, out, err } = ctl("letsgo", "950", "1203", "2001", "-o", "json");
    expect([code, err]).toEqual([0, ""]);
    const batch = JSON.parse(out) as { runs: { id: string; host: string; ctid: number; state: string }[] };
    expect(batch).toMatchObject({
      host: null,
      runs: homes.map(({ name, ctid }) => ({ host: name, ctid, state: "succeeded", driver: "lxc" })),
      refused: [],
      not_begun: [],
    });
    const after = containers();
    expect(after).toMatchObject(homes.map(({ name, ctid }) => ({ host: name, ctid, state: "running" })));
    for (const [index, { snapshots }] of after.entries()) {
      expect(snapshots.map(({ name }) => name)).toEqual(["pre-configured", "final-form"]);
      expect(snapshots[0]).toEqual(before[index]?.snapshots[0]);
      expect(snapshots[1]?.run_id).toBe(batch.runs[index]?.id);
    }
    const found = homes.map(({ ctid }) => inside(ctid, "cat /etc/version /etc/broken 2>/dev/null").out);
    expect(found).toEqual(homes.map(() => "version 2\n"));
  });

  test("one that fails is back at its final-form, and costs the others nothing", () => {
    const before = containers();
    for (const [index, house] of houses.entries()) script(house, 3, index === 1 ? "exit 3" : "");
    const { code, out } = ctl("letsgo", "950", "1203", "2001");
    expect(out.trimEnd().split("\n").at(-1)).toBe("2 done, 1 failed on pve1, pve2, pve3.");
    expect(code).toBe(3);
    expect(out).toContain('letsgo of 1203 on pve2 failed in "application script": app.sh ended with exit code 3.');
    const after = containers();
    expect(after).toMatchObject(homes.map(({ name, ctid }) => ({ host: name, ctid, state: "running" })));
    expect(after[1]?.snapshots).toEqual(before[1]?.snapshots);
    expect(homes.map(({ ctid }) => inside(ctid, "cat /etc/version").out)).toEqual(["version 3\n", "version 2\n", "version 3\n"]);
  });
});
