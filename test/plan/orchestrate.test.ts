import type { Container } from "../../src/agent/domain/container.ts";
import { nothingToDo, planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, lines, planText, snapshot } = w;

const web = w.config({
  ctid: 953,
  name: "web",
  features: ["base", "docker"],
  application: w.application("953.sh"),
  health: w.healthCheck,
  mounts: [w.mount("/srv/www", "/www")],
});
const live = w.container({
  ctid: 953,
  name: "web",
  state: "running",
  snapshots: w.bothSnapshots,
  attachments: [w.attachment("bind", "/srv/www", "/www")],
});
const settled: w.WorldParts = { configs: [web], containers: [live], provisioned: [953] };
const ledger = w.fullLedger(953, w.world(settled));
/** As it was left by the last orchestrate, but for what has changed since. */
const changed = (since: w.WorldParts): w.WorldParts => ({ ...settled, ledgers: { 953: ledger }, provisioned: [], ...since });
const seen = (since: Partial<Container>): w.WorldParts => ({ ...settled, containers: [{ ...live, ...since }] });

function plan(parts: w.WorldParts, options: Parameters<typeof ask.orchestrate>[1] = {}) {
  return planRun(ask.orchestrate(953, options), w.world(parts));
}

test("a container that does not exist", () => {
  expect(planText(plan({ configs: [web] }))).toBe(
    lines(`
      preflight | preflight | it does not exist yet
      create | create | from base.tar
      attach | volumes and mounts | /www (bind)
      start | start
      ready | ready | init is up
      feature.base | feature base | base.sh, inside; not applied yet
      feature.docker | feature docker | docker.sh, inside; not applied yet
      snapshot.pre-configured | snapshot pre-configured | there is none
      application | application script | 953.sh
      health | health check | curl -fs localhost, 3 × 5 s
      snapshot.final-form | snapshot final-form | there is none
      running | running | left running
    `),
  );
});

test("a second orchestrate has nothing to do", () => {
  expect(planText(plan(settled))).toBe("preflight | preflight | the container is as the manifest says");
  expect(nothingToDo(plan(settled))).toBe(true);
});

test("pre-configured is never replaced", () => {
  const all = changed({ scripts: { "953.sh": "v2" }, features: { "base.sh": "v2", "docker.sh": "v2" } });
  const touched = plan(all).steps.flatMap(({ action }) => ("name" in action && action.do !== "create" ? [action.name] : []));
  expect(touched).toEqual(["final-form"]);
});

describe("an existing container", () => {
  test("that is stopped is started", () => {
    expect(planText(plan(seen({ state: "stopped" })))).toBe(
      lines(`
        preflight | preflight
        start | start
        ready | ready | init is up
        running | running | left running
      `),
    );
  });

  test("with other settings gets those that differ, while it runs if they can be set then", () => {
    const other = seen({ settings: { ...live.settings, memory_mb: "1024", nameserver: "10.0.0.1" } });
    expect(planText(plan(other))).toBe(
      lines(`
        preflight | preflight
        settings | settings | memory_mb 1024 -> 2048
        running | running | left running
      `),
    );
  });

  test("with other settings that can't be set while it runs is restarted", () => {
    const nesting = { ...web, settings: { ...web.settings, options: "nesting=1" } };
    expect(planText(plan({ ...settled, configs: [nesting] }))).toBe(
      lines(`
        preflight | preflight
        stop | shut down | some of the changes need a restart
        settings | settings | options none -> nesting=1
        start | start
        ready | ready | init is up
        running | running | left running
      `),
    );
  });

  test("without one of its mounts gets it, and is restarted for it where the platform can't do it live", () => {
    expect(planText(plan(seen({ attachments: [] })))).toBe(
      lines(`
        preflight | preflight
        stop | shut down | some of the changes need a restart
        attach | volumes and mounts | /www (bind)
        start | start
        ready | ready | init is up
        running | running | left running
      `),
    );
    expect(planText(plan({ ...seen({ attachments: [] }), live_attach: true }))).toBe(
      lines(`
        preflight | preflight
        attach | volumes and mounts | /www (bind)
        running | running | left running
      `),
    );
  });

  test("with a larger disk than wanted keeps it", () => {
    const wanted = { ...web, settings: { ...web.settings, disk_gb: "8" } };
    const has = { ...live, settings: { ...live.settings, disk_gb: "16" } };
    expect(nothingToDo(plan({ configs: [wanted], containers: [has], provisioned: [953] }))).toBe(true);
  });

  test("that Phoenix has never seen is provisioned as it is, with a warning", () => {
    expect(planText(plan({ configs: [web], containers: [{ ...live, snapshots: [] }] }))).toBe(
      lines(`
        preflight | preflight
        ready | ready | init is up
        feature.base | feature base | base.sh, inside; not applied yet
        feature.docker | feature docker | docker.sh, inside; not applied yet
        snapshot.pre-configured | snapshot pre-configured | there is none
        application | application script | 953.sh
        health | health check | curl -fs localhost, 3 × 5 s
        snapshot.final-form | snapshot final-form | there is none
        running | running | left running
        warning: pre-configured will be taken of the container as it is now
      `),
    );
  });

  test("whose first run failed in its application goes on from there", () => {
    const half = changed({
      containers: [{ ...live, snapshots: [snapshot("pre-configured")] }],
      ledgers: { 953: { live: ledger.snapshots["pre-configured"] ?? {}, snapshots: ledger.snapshots } },
    });
    expect(planText(plan(half))).toBe(
      lines(`
        preflight | preflight
        ready | ready | init is up
        application | application script | 953.sh
        health | health check | curl -fs localhost, 3 × 5 s
        snapshot.final-form | snapshot final-form | there is none
        running | running | left running
      `),
    );
  });
});

describe("features are due by the ledger", () => {
  test("one whose script has changed is applied again, and the application after it", () => {
    expect(planText(plan(changed({ features: { "base.sh": "base v1", "docker.sh": "docker v2" } })))).toBe(
      lines(`
        preflight | preflight
        ready | ready | init is up
        feature.docker | feature docker | docker.sh, inside; changed since it was applied
        application | application script | 953.sh
        health | health check | curl -fs localhost, 3 × 5 s
        snapshot.final-form | snapshot final-form | the one of 2026-11-02T12:00:00Z is kept until this one exists
        running | running | left running
        warning: pre-configured is without feature docker as it is now; phoenixctl orchestrate 953 --rebaseline puts it in
      `),
    );
  });

  test("one that was restored away is applied again", () => {
    const restored = { live: {}, snapshots: ledger.snapshots };
    expect(plan(changed({ ledgers: { 953: restored } })).steps.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["feature.base", "feature.docker", "application"]),
    );
  });

  test("one with a script for the host runs there, whatever else is there", () => {
    const both = { "base.sh": "base", "docker.sh": "inside", "phoenix_hypervisor_feature_install_docker.sh": "host" };
    const docker = plan({ configs: [web], features: both }).steps.find(({ id }) => id === "feature.docker");
    expect(docker?.detail).toBe("phoenix_hypervisor_feature_install_docker.sh, on the host; not applied yet");
    expect(docker?.action).toMatchObject({ where: "host", blob: "host" });
  });

  test("one that has left the manifest is not taken out", () => {
    expect(nothingToDo(plan(changed({ configs: [{ ...web, features: ["base"] }] })))).toBe(true);
  });
});

describe("the application is due", () => {
  const ran = (parts: w.WorldParts) => plan(parts).steps.some(({ action }) => action.do === "application");

  test.each<readonly [string, boolean, w.WorldParts]>([
    ["when its script has changed", true, { scripts: { "953.sh": "v2" } }],
    ["when one of its files has changed", true, { scripts: { "953.sh": "953.sh v1", "phoenix_hypervisor_common_utils.sh": "v1" } }],
    ["when its part of the manifest has changed", true, { configs: [{ ...web, raw: { name: "web", ports: ["80:80"] } }] }],
    ["never when nothing has changed", false, {}],
    ["never when it has left the manifest", false, { configs: [{ ...web, application: null }] }],
  ])("%s", (_when, is, since) => expect(ran(changed(since))).toBe(is));

  test("and brings the helper library along, where the scripts folder has it, and the manifest", () => {
    const all = changed({ scripts: { "953.sh": "v2", "phoenix_hypervisor_common_utils.sh": "utils" } });
    expect(plan(all).steps.find(({ id }) => id === "application")?.action).toMatchObject({
      script: "953.sh",
      files: [
        { name: "953.sh", blob: "v2", mode: 0o700 },
        { name: "phoenix_hypervisor_common_utils.sh", blob: "utils", mode: 0o700 },
        { name: "phoenix_lxc_configs.json", blob: "part of 953", mode: 0o600 },
      ],
    });
  });

  test("and stands on pre-configured when it is interrupted, with the features that an old one is without", () => {
    const again = (parts: w.WorldParts) =>
      plan(parts)
        .steps.find(({ id }) => id === "application")
        ?.again.map(({ id }) => id);
    const base = ["again.restore", "again.settings", "again.attach", "again.start", "again.ready"];
    expect(again({ configs: [web] })).toEqual(base);
    expect(again(changed({ scripts: { "953.sh": "v2" } }))).toEqual(base);
    expect(again(changed({ features: { "base.sh": "base v1", "docker.sh": "v2" } }))).toEqual([...base, "again.feature.docker"]);
  });

  test("and is repeated as it is where the storage can't go back to pre-configured", () => {
    const zfs = changed({ scripts: { "953.sh": "v2" }, containers: [{ ...live, snapshot_support: { can: "newest" } }] });
    expect(
      plan(zfs)
        .steps.find(({ id }) => id === "application")
        ?.again.map(({ id }) => id),
    ).toEqual(["again.start", "again.ready"]);
  });
});

describe("a template", () => {
  const template = w.config({ ctid: 900, template_snapshot: "golden" });

  test("gets the snapshot that clones start from", () => {
    expect(planText(planRun(ask.orchestrate(900), w.world({ configs: [template] })))).toBe(
      lines(`
        preflight | preflight | it does not exist yet
        create | create | from base.tar
        start | start
        ready | ready | init is up
        snapshot.pre-configured | snapshot pre-configured | there is none
        snapshot.final-form | snapshot final-form | there is none
        snapshot.golden | snapshot golden | there is none
        running | running | left running
      `),
    );
  });

  test.each(["pre-configured", "final-form"])("gets no other one when that is %s", (name) => {
    const { steps } = planRun(ask.orchestrate(900), w.world({ configs: [{ ...template, template_snapshot: name }] }));
    expect(steps.flatMap(({ action }) => (action.do === "snapshot" ? [action.name] : []))).toEqual(["pre-configured", "final-form"]);
  });

  test.each([
    ["golden", "create | clone | from golden of 900"],
    [null, "create | clone | from pre-configured of 900"],
  ])("whose snapshot is %s is cloned from it", (template_snapshot, expected) => {
    const configs = [{ ...template, template_snapshot }, w.config({ ctid: 953, origin: { from: "clone", source: 900 } })];
    const containers = [w.container({ ctid: 900, snapshots: [snapshot("golden"), snapshot("pre-configured")] })];
    expect(planText(plan({ configs, containers }))).toContain(`\n${expected}\n`);
  });
});

describe("on_failure", () => {
  test("plain orchestrate goes nowhere back, since it has restored nothing", () => {
    expect(plan(changed({ scripts: { "953.sh": "v2" } })).undo).toEqual([]);
    expect(plan({ configs: [web] }).undo).toEqual([]);
  });
});
