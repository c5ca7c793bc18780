import type { Problem } from "../../src/agent/config/manifest-types.ts";
import type { RunRequest } from "../../src/agent/domain/plan.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, lines, planText, snapshot } = w;

const full = w.config({ ctid: 950, features: ["docker"], application: w.application("950.sh", "model.py") });
const live = w.container({ ctid: 950, snapshots: w.bothSnapshots });
const good: w.WorldParts = { configs: [full], containers: [live], provisioned: [950] };
const why = (request: RunRequest, parts: w.WorldParts) =>
  planText({ ...planRun(request, w.world(parts)), steps: [], undo: [], warnings: [] });

const everyKind: readonly RunRequest[] = [
  ask.orchestrate(950),
  ask.reconfigure(950),
  ask.letsgo(950),
  ask.snapshot(950, "mine"),
  ask.restore(950, "final-form"),
  ask.delete(950, "final-form"),
  ask.start(950),
  ask.stop(950),
  ask.restart(950),
];

const needsSnapshots = ["orchestrate", "reconfigure", "letsgo", "snapshot", "restore"];

test.each(everyKind)("$kind: nothing is in the way of a sound container", (request) => expect(why(request, good)).toBe(""));

test.each(everyKind)("$kind: a run that has it", (request) => {
  expect(why(request, { ...good, active: { 950: "01K4" } })).toBe(
    "950 BUSY: run 01K4 has it -> wait (phoenixctl run watch 01K4), or use --wait",
  );
});

test.each(everyKind)("$kind: a lock of the platform's", (request) => {
  const locked = { ...good, containers: [{ ...live, lock: "backup" }] };
  expect(why(request, locked)).toBe(
    "950 LOCKED: locked by the platform (backup) -> wait until that has ended; if it was cut off: remove its lock",
  );
  expect(why(request, { ...locked, platform: "proxmox" })).toContain("if it was cut off: pct unlock 950");
});

test.each(everyKind)("$kind: frozen", (request) => {
  expect(why(request, { ...good, containers: [{ ...live, state: "frozen" }] })).toBe("950 LOCKED: it is frozen -> thaw it first");
});

test.each(everyKind.filter(({ kind }) => kind !== "orchestrate"))("$kind: not there", (request) => {
  expect(why(request, { configs: [full] })).toBe(`950 CONTAINER_MISSING: 950 does not exist on this host -> phoenixctl orchestrate 950`);
});

test.each(everyKind)("$kind: a virtual machine of that number", (request) => {
  const world = w.world({ configs: [full] });
  const machines = new Map([[950, "running" as const]]);
  const plan = planRun(request, { ...world, inventory: { ...world.inventory, machines } });
  const reason = request.kind === "orchestrate" ? "CONTAINER_EXISTS" : "CONTAINER_MISSING";
  expect(plan.blockers).toContainEqual(expect.objectContaining({ ctid: 950, reason, message: "950 is a virtual machine on this host" }));
});

test.each(everyKind.filter(({ kind }) => kind !== "orchestrate"))(
  "$kind: neither there nor in the manifest is one reason, not two",
  (request) => {
    const expected = ["letsgo", "reconfigure"].includes(request.kind)
      ? "950 NOT_IN_MANIFEST: 950 is not in the manifest, which has no containers -> add it to /etc/manifest.json"
      : "950 CONTAINER_MISSING: 950 does not exist on this host -> phoenixctl ps";
    expect(why(request, {})).toBe(expected);
  },
);

test.each(everyKind.filter(({ kind }) => needsSnapshots.includes(kind)))("$kind: storage without snapshots", (request) => {
  const dir = { ...good, containers: [{ ...live, snapshot_support: { can: "none", why: "it lies on dir storage" } as const }] };
  expect(why(request, dir)).toBe(
    "950 SNAPSHOT_UNSUPPORTED: its storage can't snapshot it: it lies on dir storage -> move its root file system to btrfs, ZFS or LVM-thin",
  );
});

test.each(everyKind)("$kind: the manifest", (request) => {
  const provisions = ["orchestrate", "reconfigure", "letsgo"].includes(request.kind);
  const alone = { containers: [live] };
  const problem: Problem = {
    severity: "error",
    ctid: 950,
    path: '$.lxc_configs["950"].cores',
    line: 12,
    column: 3,
    message: "expected a number",
  };
  expect(why(request, alone)).toBe(
    provisions ? "950 NOT_IN_MANIFEST: 950 is not in the manifest, which has no containers -> add it to /etc/manifest.json" : "",
  );
  expect(why(request, { ...alone, broken: new Map([[950, [problem]]]) })).toBe(
    provisions ? '950 MANIFEST: $.lxc_configs["950"].cores: expected a number -> mend line 12 of /etc/manifest.json' : "",
  );
});

test("not in the manifest, which has others", () => {
  expect(why(ask.letsgo(951), { configs: [full], containers: [w.container({ ctid: 951, snapshots: w.bothSnapshots })] })).toBe(
    "951 NOT_IN_MANIFEST: 951 is not in the manifest, which has 950 -> add it to /etc/manifest.json",
  );
});

test.each([ask.orchestrate(950), ask.reconfigure(950), ask.letsgo(950)])("$kind: every missing script", (request) => {
  expect(why(request, { ...good, scripts: {} })).toBe(
    lines(`
      950 SCRIPT_MISSING: 950.sh is not in /scripts -> put it there, or mend the manifest
      950 SCRIPT_MISSING: model.py is not in /scripts -> put it there, or mend the manifest
    `),
  );
});

test("orchestrate: a missing feature; the others don't need it", () => {
  expect(why(ask.orchestrate(950), { ...good, features: {}, provisioned: [] })).toBe(
    "950 SCRIPT_MISSING: feature docker: neither phoenix_hypervisor_feature_install_docker.sh nor docker.sh is in /features -> put one of them there, or take the feature out of the manifest",
  );
  expect(why(ask.letsgo(950), { ...good, features: {}, provisioned: [] })).toBe("");
});

test.each([ask.orchestrate(950), ask.reconfigure(950), ask.letsgo(950), ask.snapshot(950, "mine")])(
  "$kind: not enough space",
  (request) => {
    const less = { ...good, free_bytes: { tank: 100 * 2 ** 20 } };
    expect(why(request, less)).toBe(
      `950 NO_SPACE: pool tank has 100 MiB free, 128 MiB is the least -> delete what is not needed there, snapshots for example`,
    );
    expect(why(request, { ...good, free_bytes: { tank: 2 ** 30 } })).toBe("");
    expect(why(request, { ...good, free_bytes: { "": 2 ** 20 } })).toContain("NO_SPACE");
    expect(why(request, { ...good, free_bytes: { other: 2 ** 20 } })).toBe("");
  },
);

test.each([ask.reconfigure(950), ask.letsgo(950)])("$kind: no pre-configured", (request) => {
  const at = (snapshots: readonly ReturnType<typeof snapshot>[]) => ({ ...good, containers: [{ ...live, snapshots }] });
  expect(why(request, at([]))).toBe("950 SNAPSHOT_MISSING: it has no snapshot pre-configured (it has: none) -> phoenixctl orchestrate 950");
  expect(why(request, at([snapshot("final-form"), snapshot("mine")]))).toContain("(it has: final-form, mine)");
});

describe("orchestrate of a container that is not there", () => {
  const clone = w.config({ ctid: 950, origin: { from: "clone", source: 900 } });

  test.each<readonly [string, w.WorldParts, string]>([
    [
      "no origin",
      { configs: [w.config({ ctid: 950, origin: { from: "existing" } })] },
      "950 CONTAINER_MISSING: it does not exist, and the manifest names neither template nor clone_from_ctid -> add one of them",
    ],
    ["no source", { configs: [clone] }, "950 CONTAINER_MISSING: it is cloned from 900, which does not exist -> phoenixctl orchestrate 900"],
    [
      "the source without its snapshot",
      {
        configs: [clone, w.config({ ctid: 900, template_snapshot: "golden" })],
        containers: [w.container({ ctid: 900, snapshots: w.bothSnapshots })],
      },
      "950 SNAPSHOT_MISSING: it is cloned from golden of 900, which has no such snapshot -> phoenixctl orchestrate 900",
    ],
    [
      "a source that the manifest does not know, with pre-configured",
      { configs: [clone], containers: [w.container({ ctid: 900, snapshots: w.bothSnapshots })] },
      "",
    ],
  ])("%s", (_words, parts, expected) => expect(why(ask.orchestrate(950), parts)).toBe(expected));
});

describe("names of snapshots", () => {
  test.each([
    ["current", '950 INVALID: "current" is not a snapshot name: "current" is a name that Proxmox keeps for itself -> choose another name'],
    [
      "two words",
      '950 INVALID: "two words" is not a snapshot name: expected a letter, then letters, digits, _ or - -> choose another name',
    ],
    [
      "x".repeat(41),
      `950 INVALID: "${"x".repeat(41)}" is not a snapshot name: it has 41 characters, expected 2 to 40 -> choose another name`,
    ],
    [
      "final-form",
      "950 SNAPSHOT_EXISTS: it has a snapshot final-form already -> choose another name, or phoenixctl snapshot delete 950 final-form",
    ],
  ])("%s", (name, expected) => expect(why(ask.snapshot(950, name), good)).toBe(expected));
});

test.each([ask.restore(950, "gone"), ask.delete(950, "gone")])("$kind: a snapshot that is not there", (request) => {
  expect(why(request, good)).toBe("950 SNAPSHOT_MISSING: it has no snapshot gone -> phoenixctl snapshot list 950");
});

test("all of them at once", () => {
  const bad: w.WorldParts = {
    configs: [full],
    containers: [{ ...live, lock: "backup", snapshots: [], snapshot_support: { can: "none", why: "it lies on dir storage" } }],
    scripts: {},
    free_bytes: { tank: 0 },
    active: { 950: "01K4" },
  };
  expect(planRun(ask.letsgo(950), w.world(bad)).blockers.map(({ reason }) => reason)).toEqual([
    "BUSY",
    "LOCKED",
    "SNAPSHOT_UNSUPPORTED",
    "SNAPSHOT_MISSING",
    "SCRIPT_MISSING",
    "SCRIPT_MISSING",
    "NO_SPACE",
  ]);
});

test("none is without a remedy", () => {
  const worlds: readonly w.WorldParts[] = [{}, { configs: [full] }, { ...good, scripts: {}, features: {}, active: { 950: "01K4" } }];
  const found = worlds.flatMap((parts) => everyKind.flatMap((request) => planRun(request, w.world(parts)).blockers));
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(({ remedy }) => remedy === "")).toEqual([]);
});
