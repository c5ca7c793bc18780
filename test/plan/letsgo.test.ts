import { planRun } from "../../src/agent/plan/plan.ts";
import { predict } from "../../src/agent/plan/predict.ts";
import type { World } from "../../src/agent/plan/world.ts";
import * as w from "../support/world.ts";

const { ask, day, lines, planText, snapshot } = w;

const network = "name=eth0,bridge=vmbr0,ip=10.0.0.50/24,gw=10.0.0.1";
const vllm = w.config({
  ctid: 950,
  name: "vllm",
  gpus: [0],
  features: ["nvidia"],
  application: w.application("950.sh", "model.py"),
  health: w.healthCheck,
  mounts: [w.mount("/srv/models", "/models")],
  volumes: [w.volume("/data")],
  settings: { memory_mb: "73728", gpus: "0", network },
});
const live = w.container({
  ctid: 950,
  name: "vllm",
  state: "running",
  gpu_access: true,
  snapshots: [snapshot("pre-configured", day(1), "01K3AAAAAAAAAAAAAAAAAAAA2B"), snapshot("final-form", day(2))],
  attachments: [
    w.attachment("bind", "/srv/models", "/models"),
    w.attachment("volume", "tank:vm-950-data", "/data"),
    w.attachment("bind", "/srv/by-hand", "/by-hand"),
  ],
  settings: { hostname: "vllm", memory_mb: "65536", cores: "2", gpus: "0", network, nameserver: "10.0.0.1" },
});
const before = w.world({ configs: [vllm], containers: [live], provisioned: [950] });
const onZfs = w.world({
  configs: [vllm],
  containers: [{ ...live, snapshot_support: { can: "newest" } }],
  provisioned: [950],
});

function plan(world: World, options: Parameters<typeof ask.letsgo>[1] = {}) {
  return planRun(ask.letsgo(950, options), world);
}

test("letsgo: back to pre-configured, provisioned again, a new final-form, left running; and back to final-form when it fails", () => {
  expect(planText(plan(before))).toBe(
    lines(`
      preflight | preflight | restore point pre-configured of 2026-11-01T12:00:00Z
      restore | restore pre-configured | taken 2026-11-01T12:00:00Z by run 01K3…AA2B; data volumes and bind mounts are left alone
      settings | settings | memory_mb 65536 -> 73728
      attach | volumes and mounts | /data (volume), /models (bind), /by-hand (bind)
      start | start
      ready | ready | init and network are up
      application | application script | 950.sh
      health | health check | curl -fs localhost, 3 × 5 s
      snapshot.final-form | snapshot final-form | the one of 2026-11-02T12:00:00Z is kept until this one exists
      running | running | left running, though it holds a GPU
      undo: undo.restore | back to final-form | taken 2026-11-02T12:00:00Z by hand; data volumes and bind mounts are left alone
      undo: undo.settings | settings | as they were before the run
      undo: undo.attach | volumes and mounts | /models (bind), /data (volume), /by-hand (bind)
      undo: undo.start | start
      undo: undo.ready | ready | init and network are up
      undo: undo.health | health check | curl -fs localhost, 3 × 5 s
    `),
  );
});

test("letsgo on ZFS: final-form is deleted first, so there is nothing to go back to", () => {
  expect(planText(plan(onZfs))).toBe(
    lines(`
      preflight | preflight | restore point pre-configured of 2026-11-01T12:00:00Z
      delete.final-form | delete final-form | this storage can only go back to its newest snapshot, and pre-configured is older
      restore | restore pre-configured | taken 2026-11-01T12:00:00Z by run 01K3…AA2B; data volumes and bind mounts are left alone
      settings | settings | memory_mb 65536 -> 73728
      attach | volumes and mounts | /data (volume), /models (bind), /by-hand (bind)
      start | start
      ready | ready | init and network are up
      application | application script | 950.sh
      health | health check | curl -fs localhost, 3 × 5 s
      snapshot.final-form | snapshot final-form | there is none
      running | running | left running, though it holds a GPU
    `),
  );
});

test("letsgo without atomic replacement: an insurance stands in while final-form is replaced", () => {
  const world = w.world({ configs: [vllm], containers: [live], provisioned: [950], atomic_replace: false });
  expect(ids(plan(world).steps)).toBe(
    "preflight restore settings attach start ready application health insure.final-form delete.final-form snapshot.final-form uninsure.final-form running",
  );
});

test("reconfigure: the same, but a container with GPU access is shut down last of all", () => {
  const renewed = planRun(ask.reconfigure(950), before);
  expect(renewed.steps.slice(0, -1).map(({ action }) => action)).toEqual(
    plan(before)
      .steps.slice(0, -1)
      .map(({ action }) => (action.do === "snapshot" ? { ...action, description: "after reconfigure" } : action)),
  );
  expect(planText({ ...renewed, steps: renewed.steps.slice(-1), undo: [] })).toBe(
    "power | shut down | it has GPU access (GPU 0), and would hold the memory",
  );
});

test("a container without application script, health check, volumes and mounts gets by with less", () => {
  const world = w.world({
    configs: [w.config({ ctid: 950 })],
    containers: [w.container({ ctid: 950, snapshots: w.bothSnapshots })],
  });
  expect(planText(plan(world))).toBe(
    lines(`
      preflight | preflight | restore point pre-configured of 2026-11-01T12:00:00Z
      restore | restore pre-configured | taken 2026-11-01T12:00:00Z by hand; data volumes and bind mounts are left alone
      settings | settings | as in the manifest, applied again
      start | start
      ready | ready | init is up
      snapshot.final-form | snapshot final-form | the one of 2026-11-02T12:00:00Z is kept until this one exists
      running | running | left running
      undo: undo.restore | back to final-form | taken 2026-11-02T12:00:00Z by hand; data volumes and bind mounts are left alone
      undo: undo.settings | settings | as they were before the run
      undo: undo.start | start
      undo: undo.ready | ready | init is up
    `),
  );
});

test("of a final-form that an earlier run of the queue has yet to take nothing is said that is not known", () => {
  const text = planText(plan(predict(before, plan(before))));
  expect(text).toContain("snapshot.final-form | snapshot final-form | the one is kept until this one exists\n");
  expect(text).toContain("undo: undo.restore | back to final-form | data volumes and bind mounts are left alone\n");
});

describe("after a restore", () => {
  test("settings are set to the manifest's, to what the container has besides, and what only the snapshot has is taken away", () => {
    expect(actionOf(plan(before).steps, "restore", "configure")).toEqual({
      do: "configure",
      settings: {
        hostname: "vllm",
        memory_mb: "73728",
        swap_mb: "",
        cores: "2",
        disk_gb: "",
        network,
        nameserver: "10.0.0.1",
        options: "",
        gpus: "0",
        raw: "",
        onboot: "",
        startup: "",
      },
    });
  });

  test("a disk that has grown stays as large as it is", () => {
    const grown = { ...live, settings: { ...live.settings, disk_gb: "64" } };
    const wanted = { ...vllm, settings: { ...vllm.settings, disk_gb: "32" } };
    const world = w.world({ configs: [wanted], containers: [grown] });
    expect(actionOf(plan(world).steps, "restore", "configure")).toMatchObject({ settings: { disk_gb: "64" } });
  });

  test("volumes and mounts are attached again, those that the manifest does not know included", () => {
    expect(actionOf(plan(before).steps, "restore", "attach")).toEqual({
      do: "attach",
      volumes: vllm.volumes,
      mounts: vllm.mounts,
      keep: live.attachments,
    });
  });
});

describe("undo", () => {
  test.each([
    ["the request says restore, the manifest keep", "keep", { on_failure: "restore" }, "undo.restore"],
    ["the request says keep, the manifest restore", "restore", { on_failure: "keep" }, ""],
    ["the manifest says keep", "keep", {}, ""],
    ["the manifest says restore", "restore", {}, "undo.restore"],
  ] as const)("%s", (_words, on_failure, options, first) => {
    const world = w.world({ configs: [{ ...vllm, on_failure }], containers: [live] });
    expect(plan(world, options).undo[0]?.id ?? "").toBe(first);
  });

  test("there is none without a final-form", () => {
    const world = w.world({ configs: [vllm], containers: [{ ...live, snapshots: [snapshot("pre-configured")] }] });
    expect(plan(world).undo).toEqual([]);
    expect(plan(world).steps.filter(({ if_stopped }) => if_stopped === "undo")).toEqual([]);
  });

  test("there is none where the storage would have to delete pre-configured to go back to an older final-form", () => {
    const turned = { ...live, snapshots: w.bothSnapshots.toReversed(), snapshot_support: { can: "newest" } as const };
    const renewed = plan(w.world({ configs: [vllm], containers: [turned] }));
    expect(renewed.undo).toEqual([]);
    expect(ids(renewed.steps)).not.toContain("delete");
  });

  test("it gives the settings back that the container had, and takes away what it had not", () => {
    expect(actionOf(plan(before).undo, "restore", "configure")).toMatchObject({ settings: { memory_mb: "65536", swap_mb: "", gpus: "0" } });
  });

  test("it is what happens until the new final-form replaces the old one, and never after", () => {
    const says = (world: World) => plan(world).steps.map(({ id, if_stopped }) => `${id} ${if_stopped}`);
    expect(says(before)).toEqual([
      "preflight leave",
      "restore undo",
      "settings undo",
      "attach undo",
      "start undo",
      "ready undo",
      "application undo",
      "health undo",
      "snapshot.final-form undo",
      "running commit",
    ]);
    const insured = w.world({ configs: [vllm], containers: [live], atomic_replace: false });
    expect(says(insured).slice(-5)).toEqual([
      "insure.final-form undo",
      "delete.final-form commit",
      "snapshot.final-form commit",
      "uninsure.final-form commit",
      "running commit",
    ]);
  });

  test("what a step stands on, when it is made again, is undone like the step itself", () => {
    const steps = plan(before).steps;
    for (const step of steps) expect(step.again.map(({ if_stopped }) => if_stopped)).toEqual(step.again.map(() => step.if_stopped));
  });
});

describe("again: what an interrupted step stands on", () => {
  test.each([
    ["restore", ""],
    ["settings", ""],
    ["ready", "again.start"],
    ["application", "again.restore again.settings again.attach again.start again.ready"],
    ["health", "again.start again.ready"],
    ["snapshot.final-form", ""],
  ])("%s: %s", (id, expected) => {
    expect(ids(plan(before).steps.find((step) => step.id === id)?.again ?? [])).toBe(expected);
  });
});

describe("other snapshots on ZFS", () => {
  const more = {
    ...live,
    snapshots: [...w.bothSnapshots, snapshot("before-upgrade", day(3))],
    snapshot_support: { can: "newest" } as const,
  };
  const world = w.world({ configs: [vllm], containers: [more] });

  test("a newer one of the owner's is a blocker", () => {
    expect(planText({ ...plan(world), steps: [], undo: [] })).toBe(
      lines(`
        950 SNAPSHOT_NOT_NEWEST: before-upgrade (2026-11-03T12:00:00Z) is newer than pre-configured, and this storage can only go back to its newest snapshot -> phoenixctl snapshot delete 950 before-upgrade, or --delete-newer
        warning: pre-configured is without feature nvidia as it is now; phoenixctl orchestrate 950 --rebaseline puts it in
      `),
    );
  });

  test("with --delete-newer all that are newer go, newest first", () => {
    const renewed = plan(world, { newer: "delete" });
    expect(renewed.blockers).toEqual([]);
    expect(ids(renewed.steps)).toContain("preflight delete.before-upgrade delete.final-form restore");
  });

  test("elsewhere it stays, and is none", () => {
    const renewed = plan(w.world({ configs: [vllm], containers: [{ ...more, snapshot_support: { can: "any" } }] }));
    expect(renewed.blockers).toEqual([]);
    expect(ids(renewed.steps)).not.toContain("delete");
  });

  test("an insurance that an earlier run has left behind is none", () => {
    const left = { ...more, snapshots: [...w.bothSnapshots, snapshot("phoenix-insurance", day(3))] };
    const renewed = plan(w.world({ configs: [vllm], containers: [left], atomic_replace: false }));
    expect(renewed.blockers).toEqual([]);
    expect(ids(renewed.steps)).toBe(
      "preflight delete.phoenix-insurance delete.final-form restore settings attach start ready application health snapshot.final-form running",
    );
  });
});

describe("an insurance that an earlier run has left behind", () => {
  const left = snapshot("phoenix-insurance", day(3));

  test("goes right before the next one is taken", () => {
    const world = w.world({ configs: [vllm], containers: [{ ...live, snapshots: [...w.bothSnapshots, left] }], atomic_replace: false });
    expect(ids(plan(world).steps)).toContain("health delete.phoenix-insurance insure.final-form delete.final-form");
  });

  test("stays until there is a final-form again, if it stands in for one", () => {
    const world = w.world({
      configs: [vllm],
      containers: [{ ...live, snapshots: [snapshot("pre-configured"), left] }],
      atomic_replace: false,
    });
    expect(ids(plan(world).steps)).toContain("health snapshot.final-form delete.phoenix-insurance running");
  });

  test("goes too where replacement has become atomic", () => {
    const world = w.world({ configs: [vllm], containers: [{ ...live, snapshots: [...w.bothSnapshots, left] }] });
    expect(ids(plan(world).steps)).toContain("health snapshot.final-form delete.phoenix-insurance running");
  });
});

function ids(steps: readonly { readonly id: string }[]): string {
  return steps.map(({ id }) => id).join(" ");
}

function actionOf(steps: readonly { readonly action: { readonly do: string } }[], after: string, what: string): unknown {
  const from = steps.findIndex(({ action }) => action.do === after);
  return steps.slice(from).find(({ action }) => action.do === what)?.action;
}
