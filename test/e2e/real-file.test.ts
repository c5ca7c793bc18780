import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { executables, makeHouse, simGround, type House, type Manifest } from "./support/house.ts";

const file = resolve(import.meta.dirname, "../../../shared/data/phoenix_lxc_configs.json");

interface Run {
  readonly ctid: number;
  readonly state: string;
  readonly started_at: string;
  readonly finished_at: string;
}

// A user's real manifest, with the built executables and the simulated platform.
(existsSync(file) ? describe : describe.skip)(`the real manifest${existsSync(file) ? "" : ` (skipped: ${file} is not there)`}`, () => {
  let house: House;
  let manifest: Manifest;

  beforeAll(async () => {
    house = makeHouse(simGround());
    const text = readFileSync(file, "utf8");
    manifest = JSON.parse(text) as Manifest;
    writeFileSync(join(house.folder, "phoenix_lxc_configs.json"), text);
    mkdirSync(join(house.folder, "bin/lxc_setup"), { recursive: true });
    for (const { application_script: script, features } of Object.values(manifest.lxc_configs)) {
      if (typeof script === "string") house.script(script, "#!/bin/sh\ntrue\n");
      for (const feature of (features ?? []) as string[])
        house.script(`lxc_setup/phoenix_hypervisor_feature_install_${feature}.sh`, "#!/bin/sh\ntrue\n");
    }
    await house.startAgent();
  });
  afterAll(() => house.dispose());

  test("check finds warnings and no error", () => {
    const { status, stdout } = spawnSync(executables.agent, ["check", "--config", join(house.folder, "agent.yaml")], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(stdout).toMatch(/15 containers can be used; 0 errors, \d+ warnings?\n$/);
  });

  test("orchestrate --all takes 15 containers through, what they are cloned from and depend on first; letsgo 952 works after it", () => {
    expect(house.ctl("orchestrate", "--all").code).toBe(0);
    const { runs } = JSON.parse(house.ctl("run", "list", "-o", "json").out) as { runs: Run[] };
    expect(runs).toHaveLength(15);
    expect(runs.every(({ state }) => state === "succeeded")).toBe(true);
    const of = (ctid: number) => runs.find((run) => run.ctid === ctid);
    for (const [ctid, { clone_from_ctid: source, dependencies }] of Object.entries(manifest.lxc_configs)) {
      const first = [...(typeof source === "string" ? [source] : []), ...((dependencies ?? []) as string[])];
      for (const before of first)
        expect([ctid, before, (of(Number(before))?.finished_at ?? "") <= (of(Number(ctid))?.started_at ?? "")]).toEqual([
          ctid,
          before,
          true,
        ]);
    }
    const again = house.ctl("plan", "orchestrate", "--all");
    expect({ code: again.code, out: again.out }).toMatchObject({ code: 0 });
    expect(house.ctl("letsgo", "952")).toMatchObject({ code: 0 });
  });
});
