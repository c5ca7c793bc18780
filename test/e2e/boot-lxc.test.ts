// Five real containers are shut down, booted by the owner and booted by the agent after a boot of the host; one never gets healthy.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeContainers } from "../support/describe-containers.ts";
import { lxcGround, makeHouse, until, type House } from "./support/house.ts";

interface Run {
  readonly ctid: number;
  readonly kind: string;
  readonly state: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** 950 first; then 951, after a delay, and 952, which is broken and takes 953 with it; 954 last. */
const members: Readonly<Record<number, object>> = {
  950: { boot_order: 1 },
  951: { boot_order: 2, boot_delay: 1, dependencies: ["950"] },
  952: { boot_order: 2 },
  953: { boot_order: 2, dependencies: ["952"] },
  954: { boot_order: 3 },
};
const ctids = Object.keys(members).map(Number);
const shared = {
  template: "base",
  storage_pool: "local",
  memory_mb: 64,
  cores: 1,
  unprivileged: false,
  start_at_boot: true,
  application_script: "app.sh",
  health_check: { command: "test -f /healthy", retries: 2, interval: 1 },
};

describeContainers("a boot of real containers", () => {
  let house: House;
  const record = (...args: readonly string[]): unknown => JSON.parse(house.ctl(...args, "-o", "json").out);
  const states = () =>
    Object.fromEntries(
      (record("ps") as { containers: { ctid: number; state: string }[] }).containers.map((each) => [each.ctid, each.state]),
    );
  const runs = () => new Map((record("boot", "status") as { runs: readonly Run[] }).runs.map((run) => [run.ctid, run]));
  const at = (time: string | null | undefined) => Date.parse(time ?? "");

  beforeAll(async () => {
    const ground = lxcGround();
    house = makeHouse({ ...ground, settings: [...ground.settings, "boot: { id_file: boot_id }"] });
    writeFileSync(join(house.folder, "boot_id"), "first\n");
    house.script("app.sh", "#!/bin/sh\ntouch /healthy\n");
    house.manifest((manifest) => {
      manifest.lxc_configs = Object.fromEntries(ctids.map((ctid) => [ctid, { name: `c${ctid}`, ...shared, ...members[ctid] }]));
    });
    await house.startAgent();
    const { code, err } = house.ctl("orchestrate", "--all");
    if (code !== 0) throw new Error(`orchestrate --all ended with exit code ${code}: ${err}`);
    house.inside(952, "rm /healthy");
  });
  afterAll(() => house.dispose());

  /** What a boot has to come to, whoever began it. */
  const expectBooted = () => {
    const all = runs();
    const phases = Object.fromEntries([...all].map(([ctid, { state }]) => [ctid, state]));
    expect(phases).toEqual({ 950: "succeeded", 951: "succeeded", 952: "failed", 953: "skipped", 954: "succeeded" });
    expect(states()).toEqual({ 950: "running", 951: "running", 952: "running", 953: "stopped", 954: "running" });
    expect(at(all.get(951)?.started_at)).toBeGreaterThanOrEqual(at(all.get(950)?.finished_at));
    for (const before of [951, 952]) expect(at(all.get(954)?.started_at)).toBeGreaterThanOrEqual(at(all.get(before)?.finished_at));
  };

  test("a shutdown stops all, those that nobody needs first", () => {
    const { code, out } = house.ctl("boot", "shutdown");
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(new Set(Object.values(states()))).toEqual(new Set(["stopped"]));
    const stops = new Map((record("run", "list") as { runs: readonly Run[] }).runs.slice(0, 5).map((run) => [run.ctid, run]));
    expect(at(stops.get(950)?.started_at)).toBeGreaterThanOrEqual(at(stops.get(951)?.finished_at));
    expect(at(stops.get(951)?.started_at)).toBeGreaterThanOrEqual(at(stops.get(954)?.finished_at));
  });

  test("a boot starts all in their order, and what is broken costs only itself and what needs it", () => {
    const plan = house.ctl("boot", "plan");
    expect({ code: plan.code, out: plan.out }).toMatchObject({ code: 0, out: expect.stringContaining("longest chain 950") as string });
    expect(house.ctl("boot", "run").code).toBe(3);
    expectBooted();
  });

  test("the agent boots them once after each boot of the host", async () => {
    expect(house.ctl("boot", "shutdown").code).toBe(0);
    await house.endAgent("SIGTERM");
    await house.startAgent();
    expect(new Set(Object.values(states()))).toEqual(new Set(["stopped"]));

    await house.endAgent("SIGTERM");
    writeFileSync(join(house.folder, "boot_id"), "second\n");
    await house.startAgent();
    await until(() => [...runs().values()].every(({ finished_at }) => finished_at !== null) && states()[954] === "running");
    expectBooted();
    rmSync(join(house.folder, "boot_id"));
  });
});
