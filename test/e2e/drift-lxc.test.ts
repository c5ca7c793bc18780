// A real container and the manifest drift apart in each of the ways there are: what the plan says is what the run does, and then
// there is nothing left to do.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeContainers } from "../support/describe-containers.ts";
import { lxcGround, makeHouse, type House } from "./support/house.ts";

interface Step {
  readonly id: string;
  readonly detail: string;
}

const ctid = 950;
const [nothing, refused, pending] = [0, 6, 7];
let house: House;
const record = <T>(...args: readonly string[]): T => JSON.parse(house.ctl(...args, "-o", "json").out) as T;

type Container = Record<string, unknown>;

/** Changes the container's part of the manifest. */
const edit = (change: (container: Container) => void) => house.manifest(({ lxc_configs }) => change(lxc_configs[String(ctid)] ?? {}));
const list = (container: Container, key: string): unknown[] => (container[key] ??= []) as unknown[];

/** What happens, what the plan has to have in it, and what has to be true inside afterwards. */
const drifts: readonly (readonly [what: string, happens: () => void, step: string, inside: string])[] = [
  ["a setting of the manifest", () => edit((container) => (container["memory_mb"] = 96)), "settings", "true"],
  ["another application script", () => house.script("app.sh", "#!/bin/sh\necho 2 >/version\n"), "application", "grep -q 2 /version"],
  [
    "one feature more",
    () => {
      house.script("lxc_setup/more.sh", "#!/bin/sh\ntouch /more\n");
      edit((container) => list(container, "features").push("more"));
    },
    "feature.more",
    "test -f /more",
  ],
  [
    "a feature script that has changed",
    () => house.script("lxc_setup/more.sh", "#!/bin/sh\ntouch /again\n"),
    "feature.more",
    "test -f /again",
  ],
  [
    "one bind mount more",
    () => {
      mkdirSync(join(house.folder, "models"));
      edit((container) => list(container, "mount_points").push({ host_path: join(house.folder, "models"), container_path: "/models" }));
    },
    "attach",
    "grep -q ' /models ' /proc/mounts",
  ],
  [
    "one volume more",
    () => edit((container) => list(container, "volumes").push({ name: "data", pool: "local", size_gb: 1, mount_point: "/data" })),
    "attach",
    "grep -q ' /data ' /proc/mounts",
  ],
  ["a stop by hand", () => void house.ctl("stop", String(ctid)), "start", "true"],
];

describeContainers("drift of a real container", () => {
  beforeAll(async () => {
    house = makeHouse(lxcGround());
    house.script("app.sh", "#!/bin/sh\necho 1 >/version\n");
    house.manifest((manifest) => {
      const container = { name: "c950", template: "base", storage_pool: "local", memory_mb: 64, cores: 1, unprivileged: false };
      manifest.lxc_configs = { [ctid]: { ...container, features: [], application_script: "app.sh" } };
    });
    await house.startAgent();
    const { code, err } = house.ctl("orchestrate", "--all");
    if (code !== 0) throw new Error(`orchestrate --all ended with exit code ${code}: ${err}`);
  });
  afterAll(() => house.dispose());

  test.each(drifts)("%s", (_what, happens, step, inside) => {
    happens();
    const plan = house.ctl("plan", "orchestrate", String(ctid), "-o", "json");
    const planned = (JSON.parse(plan.out) as { plans: { steps: Step[] }[] }).plans[0]?.steps.map(({ id }) => id) ?? [];
    expect({ code: plan.code, planned: planned.some((id) => id.startsWith(step)) ? step : planned }).toEqual({
      code: pending,
      planned: step,
    });

    expect(house.ctl("orchestrate", String(ctid))).toMatchObject({ code: 0 });
    const { runs } = record<{ runs: { id: string }[] }>("run", "list", "--limit", "1");
    const { plan: done, state } = record<{ plan: { steps: Step[] }; state: string }>("run", "show", runs[0]?.id ?? "");
    expect({ state, done: done.steps.map(({ id }) => id) }).toEqual({ state: "succeeded", done: planned });
    house.inside(ctid, inside);
    expect(house.ctl("plan", "orchestrate", "--all")).toMatchObject({ code: nothing });
  });

  test("what can't be done is refused, with an exit code of its own", () => {
    edit((container) => (container["application_script"] = "missing.sh"));
    expect(house.ctl("plan", "orchestrate", "--all")).toMatchObject({ code: refused });
    edit((container) => (container["application_script"] = "app.sh"));
    expect(house.ctl("plan", "orchestrate", "--all")).toMatchObject({ code: nothing });
  });
});
