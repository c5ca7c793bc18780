import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, lines, planText } = w;

const web = w.config({ ctid: 953, features: ["base", "docker"], application: w.application("953.sh") });
const live = w.container({ ctid: 953, state: "running", snapshots: w.bothSnapshots });
const settled: w.WorldParts = { configs: [web], containers: [live], provisioned: [953] };
const changed = { ...settled, ledgers: { 953: w.fullLedger(953, w.world(settled)) }, provisioned: [] };

function plan(parts: w.WorldParts) {
  return planRun(ask.orchestrate(953, { baseline: "replace" }), w.world(parts));
}

test("a rebaseline begins at the old pre-configured, applies what has changed, and replaces both snapshots", () => {
  expect(planText(plan({ ...changed, features: { "base.sh": "base v1", "docker.sh": "v2" } }))).toBe(
    lines(`
      preflight | preflight
      restore | restore pre-configured | taken 2026-11-01T12:00:00Z by hand; data volumes and bind mounts are left alone
      settings | settings | as in the manifest, applied again
      start | start
      ready | ready | init is up
      feature.docker | feature docker | docker.sh, inside; changed since it was applied
      snapshot.pre-configured | snapshot pre-configured | the one of 2026-11-01T12:00:00Z is kept until this one exists
      application | application script | 953.sh
      snapshot.final-form | snapshot final-form | the one of 2026-11-02T12:00:00Z is kept until this one exists
      running | running | left running
      undo: undo.restore | back to final-form | taken 2026-11-02T12:00:00Z by hand; data volumes and bind mounts are left alone
      undo: undo.settings | settings | as they were before the run
      undo: undo.start | start
      undo: undo.ready | ready | init is up
    `),
  );
});

test("features are due by what pre-configured has, not by what the container has now", () => {
  const bare = {
    ...changed,
    ledgers: { 953: { ...w.fullLedger(953, w.world(settled)), snapshots: { "pre-configured": { "feature.base": "base v1" } } } },
  };
  expect(plan(bare).steps.flatMap(({ action }) => (action.do === "feature" ? [action.feature] : []))).toEqual(["docker"]);
});

test("the application is run, due or not, since what it left is gone", () => {
  expect(plan(settled).steps.map(({ action }) => action.do)).toContain("application");
});

test("without atomic replacement each snapshot has its own insurance, and no two steps have one id", () => {
  const ids = plan({ ...settled, atomic_replace: false }).steps.map(({ id }) => id);
  expect(ids.join(" ")).toBe(
    "preflight restore settings start ready insure.pre-configured delete.pre-configured snapshot.pre-configured uninsure.pre-configured " +
      "application insure.final-form delete.final-form snapshot.final-form uninsure.final-form running",
  );
});

test("an insurance that was left behind is deleted once", () => {
  const left = { ...live, snapshots: [...w.bothSnapshots, w.snapshot("phoenix-insurance")] };
  const ids = plan({ ...settled, containers: [left], atomic_replace: false }).steps.map(({ id }) => id);
  expect(ids.filter((id) => id === "delete.phoenix-insurance")).toHaveLength(1);
  expect(ids.indexOf("delete.phoenix-insurance")).toBe(ids.indexOf("insure.pre-configured") - 1);
});

test("on ZFS final-form is deleted first, and there is nothing to go back to", () => {
  const zfs = plan({ ...settled, containers: [{ ...live, snapshot_support: { can: "newest" } }], atomic_replace: false });
  expect(zfs.steps.map(({ id }) => id).slice(0, 3)).toEqual(["preflight", "delete.final-form", "restore"]);
  expect(zfs.undo).toEqual([]);
  expect(zfs.steps.map(({ id }) => id)).not.toContain("insure.final-form");
});

test("on ZFS a newer snapshot of the owner's is a blocker", () => {
  const mine = { ...live, snapshots: [...w.bothSnapshots, w.snapshot("mine")], snapshot_support: { can: "newest" } as const };
  expect(plan({ ...settled, containers: [mine] }).blockers).toEqual([
    {
      reason: "SNAPSHOT_NOT_NEWEST",
      ctid: 953,
      message: "mine is newer than pre-configured, and this storage can only go back to its newest snapshot",
      remedy: "phoenixctl snapshot delete 953 mine",
    },
  ]);
});

test("without a pre-configured it is a plain orchestrate", () => {
  const none: w.WorldParts = { ...changed, containers: [{ ...live, snapshots: [] }] };
  expect(plan(none).steps).toEqual(planRun(ask.orchestrate(953), w.world(none)).steps);
});
