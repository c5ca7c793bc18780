import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, day, lines, planText, snapshot } = w;

const config = w.config({ ctid: 950, settings: { memory_mb: "4096" } });
const live = w.container({
  ctid: 950,
  state: "running",
  snapshots: [...w.bothSnapshots, snapshot("mine", day(3))],
  attachments: [w.attachment("volume", "tank:vm-950-data", "/data")],
});
const parts: w.WorldParts = { configs: [config], containers: [live] };
const zfs: w.WorldParts = { ...parts, containers: [{ ...live, snapshot_support: { can: "newest" } }] };
const plan = (request: Parameters<typeof planRun>[0], of = parts) => planText(planRun(request, w.world(of)));

test("snapshot", () => {
  expect(plan(ask.snapshot(950, "before-upgrade", "before the upgrade"))).toBe(
    lines(`
      preflight | preflight
      snapshot.before-upgrade | snapshot before-upgrade | there is none
    `),
  );
});

test("a snapshot's description is the owner's", () => {
  const { steps } = planRun(ask.snapshot(950, "x1", "before the upgrade"), w.world(parts));
  expect(steps[1]?.action).toEqual({ do: "snapshot", name: "x1", description: "before the upgrade", replace: "never" });
});

test("delete", () => {
  expect(plan(ask.delete(950, "mine"))).toBe(
    lines(`
      preflight | preflight
      delete.mine | delete mine | asked for
    `),
  );
});

test("restore: settings and mounts are applied again, and a container that ran is started", () => {
  expect(plan(ask.restore(950, "final-form"))).toBe(
    lines(`
      preflight | preflight
      insure | keep what is there now | until final-form is restored
      restore | restore final-form | taken 2026-11-02T12:00:00Z by hand; data volumes and bind mounts are left alone
      settings | settings | memory_mb 2048 -> 4096
      attach | volumes and mounts | /data (volume)
      start | start | it ran before
      uninsure | delete phoenix-insurance | final-form is restored
      ready | ready | init is up
      undo: undo.restore | back to what was there
      undo: undo.settings | settings | as they were before the run
      undo: undo.attach | volumes and mounts | /data (volume)
      undo: undo.start | start | it ran before
      undo: undo.uninsure | delete phoenix-insurance | no longer needed
    `),
  );
});

test("restore: one that was stopped stays stopped", () => {
  expect(plan(ask.restore(950, "final-form"), { ...parts, containers: [{ ...live, state: "stopped" }] })).not.toContain("start");
});

test("restore: a container that the manifest does not know gets its own settings and mounts again", () => {
  const { steps } = planRun(ask.restore(950, "final-form"), w.world({ containers: [live] }));
  expect(steps.map(({ action }) => action)).toMatchObject([
    { do: "preflight" },
    { do: "snapshot", name: "phoenix-insurance" },
    { do: "restore" },
    { do: "configure", settings: { ...live.settings, nameserver: "", network: "" } },
    { do: "attach", volumes: [], mounts: [], keep: live.attachments },
    { do: "start" },
    { do: "delete-snapshot", name: "phoenix-insurance" },
    { do: "ready" },
  ]);
});

test("restore on ZFS is refused while there are newer ones, each of them named", () => {
  expect(planText({ ...planRun(ask.restore(950, "pre-configured"), w.world(zfs)), steps: [] })).toBe(
    lines(`
      950 SNAPSHOT_NOT_NEWEST: mine (2026-11-03T12:00:00Z) is newer than pre-configured, and this storage can only go back to its newest snapshot -> phoenixctl snapshot delete 950 mine, or --delete-newer
      950 SNAPSHOT_NOT_NEWEST: final-form (2026-11-02T12:00:00Z) is newer than pre-configured, and this storage can only go back to its newest snapshot -> phoenixctl snapshot delete 950 final-form, or --delete-newer
    `),
  );
});

test("restore on ZFS with --delete-newer deletes them first, newest first, and no older one", () => {
  const ids = (name: string) => planRun(ask.restore(950, name, "delete"), w.world(zfs)).steps.map(({ id }) => id);
  expect(ids("pre-configured").slice(0, 4)).toEqual(["preflight", "delete.mine", "delete.final-form", "restore"]);
  expect(ids("final-form").slice(0, 3)).toEqual(["preflight", "delete.mine", "restore"]);
  expect(ids("mine").slice(0, 2)).toEqual(["preflight", "restore"]);
});

test("where any snapshot can be gone back to, --delete-newer deletes nothing", () => {
  expect(plan(ask.restore(950, "pre-configured", "delete"))).not.toMatch(/delete (?!phoenix-insurance)/);
});
