// Real containers with a GPU in their manifest are stopped by a schedule that comes due meanwhile; one that is leased is not.
import { describeContainers } from "../support/describe-containers.ts";
import { lxcGround, makeHouse, until, type House } from "./support/house.ts";

describeContainers("a schedule for GPUs", () => {
  let house: House;
  const record = (...args: readonly string[]): unknown => JSON.parse(house.ctl(...args, "-o", "json").out);
  const states = () => {
    const { containers } = record("ps") as { containers: { ctid: number; state: string }[] };
    return Object.fromEntries(containers.map(({ ctid, state }) => [ctid, state]));
  };

  beforeAll(async () => {
    const ground = lxcGround();
    const schedule = '{ name: often, cron: "* * * * * *", time_zone: UTC, containers: all }';
    house = makeHouse({ ...ground, settings: [...ground.settings, `gpu: { schedules: [${schedule}] }`] });
    house.script("app.sh", "#!/bin/sh\ntrue\n");
    house.manifest((manifest) => {
      const container = {
        template: "base",
        storage_pool: "local",
        memory_mb: 64,
        cores: 1,
        unprivileged: false,
        application_script: "app.sh",
      };
      manifest.lxc_configs = Object.fromEntries(
        [950, 951].map((ctid) => [ctid, { name: `c${ctid}`, ...container, gpu_assignment: "0", power: "on" }]),
      );
      (manifest.lxc_configs["952"] as unknown) = { name: "c952", ...container };
    });
    await house.startAgent();
    for (const words of ["gpu schedule pause often", "orchestrate --all"]) {
      const { code, err } = house.ctl(...words.split(" "));
      if (code !== 0) throw new Error(`${words} ended with exit code ${code}: ${err}`);
    }
  });
  afterAll(() => house.dispose());

  test("stops who is not leased, says so, and comes to an end when it is paused", async () => {
    expect(states()).toEqual({ 950: "running", 951: "running", 952: "running" });
    expect(house.ctl("gpu", "lease", "951", "--for", "1h", "--reason", "demo").code).toBe(0);
    expect(house.ctl("gpu", "schedule", "resume", "often").code).toBe(0);
    await until(() => states()[950] === "stopped");
    expect(house.ctl("gpu", "schedule", "pause", "often").code).toBe(0);
    expect(states()).toEqual({ 950: "stopped", 951: "running", 952: "running" });

    const { runs } = record("run", "list") as { runs: { ctid: number; kind: string; state: string; outcome: string }[] };
    expect(runs.filter(({ kind, ctid }) => kind === "gpu-shutdown" && ctid === 950).at(-1)).toMatchObject({ state: "succeeded" });
    const said = house.ctl("events", "-o", "ndjson").out;
    expect(said).toContain("schedule often for all containers with a GPU: 950 is stopped; 951 ");
    expect(said).toContain("leased by");

    expect(house.ctl("start", "950").code).toBe(0);
    expect(states()[950]).toBe("running");
  });
});
