import type { RunRequest } from "../../src/agent/domain/plan.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import { predict } from "../../src/agent/plan/predict.ts";
import * as w from "../support/world.ts";

const { lines, planText } = w;

const network = "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:07,ip=192.0.2.7/24,gw=192.0.2.1";
const raw = [
  "lxc.apparmor.profile=unconfined",
  "lxc.cgroup2.devices.allow=c 195:* rwm",
  "lxc.cgroup2.devices.allow=c 10:229 rwm",
  "lxc.mount.entry=/dev/fuse dev/fuse none bind,create=file 0 0",
  "lxc.mount.entry=/dev/nvidia0 dev/nvidia0 none bind,optional,create=file 0 0",
  "lxc.mount.entry=/srv/models models none bind,create=dir 0 0",
  "lxc.net.0.hwaddr=BC:24:11:00:00:07",
  "lxc.start.auto=1",
].join("\n");
const source = w.container({
  ctid: 950,
  name: "llm",
  state: "running",
  settings: { hostname: "llm", memory_mb: "2048", network, gpus: "0,1", raw },
  gpu_access: true,
  snapshots: w.bothSnapshots,
  attachments: [w.attachment("bind", "/srv/models", "/models"), w.attachment("volume", "tank:vm-950-data", "/data")],
});
const parts: w.WorldParts = { containers: [source] };
const clone = (more: Partial<Extract<RunRequest, { kind: "clone" }>> = {}): RunRequest => ({
  kind: "clone",
  ctid: 960,
  source: 950,
  of: { at: "now" },
  power: "off",
  ...more,
});
const plan = (request = clone(), of = parts) => planText(planRun(request, w.world(of)));
const stopped = (can: w.WorldParts = {}): w.WorldParts => ({ containers: [{ ...source, state: "stopped" }], ...can });

test("of what is there now", () => {
  expect(plan()).toBe(
    lines(`
      preflight | preflight
      create | clone | from 950 as it is now
      undo: undo.destroy | take the clone away
      warning: without /models (bind), /data (volume) of 950
      warning: its address comes by DHCP: 192.0.2.7/24 stays 950's
      warning: without access to GPU 0,1
    `),
  );
});

test("of a snapshot, started", () => {
  expect(
    plan(clone({ of: { at: "snapshot", name: "final-form" }, power: "on" }), {
      containers: [{ ...source, attachments: [], settings: {}, gpu_access: false }],
    }),
  ).toBe(
    lines(`
      preflight | preflight
      create | clone | from final-form of 950
      start | start
      ready | ready | init is up
      undo: undo.destroy | take the clone away
    `),
  );
});

test("has nothing by which the two could get in each other's way", () => {
  const planned = planRun(clone(), w.world(parts));
  expect(planned.name).toBe("llm-960");
  const action = planned.steps[1]?.action;
  expect(action).toMatchObject({
    name: "llm-960",
    settings: {
      hostname: "llm-960",
      network: "name=eth0,bridge=vmbr0,ip=dhcp",
      gpus: "",
      raw: [
        "lxc.apparmor.profile=unconfined",
        "lxc.cgroup2.devices.allow=c 10:229 rwm",
        "lxc.mount.entry=/dev/fuse dev/fuse none bind,create=file 0 0",
      ].join("\n"),
    },
  });
});

test("the longest name is cut for the number", () => {
  const long = { ...source, name: "n".repeat(63) };
  expect(planRun(clone(), w.world({ containers: [long] })).steps[1]?.action).toMatchObject({ name: `${"n".repeat(59)}-960` });
});

test("is in the world of what is planned after it", () => {
  const world = w.world(stopped());
  const later = predict(world, planRun(clone(), world));
  expect(later.inventory.containers.get(960)).toMatchObject({ ctid: 960, state: "stopped", attachments: [], snapshots: [] });
});

const can = (clone_support: (typeof source)["clone_support"], state: "running" | "stopped") => ({
  containers: [{ ...source, clone_support, state }],
});
const onlyStopped = { can: "stopped", why: "on storage btr (btrfs) only a stopped container can be cloned, as it is now" } as const;
const of = { at: "snapshot", name: "final-form" } as const;

test.each<[string, RunRequest, w.WorldParts, string]>([
  [
    "onto a container",
    clone({ ctid: 953 }),
    { containers: [source, w.container({ ctid: 953, name: "nginx" })] },
    "953 CONTAINER_EXISTS: 953 exists already (nginx) -> choose another number",
  ],
  ["onto itself", clone({ ctid: 950 }), parts, "950 CONTAINER_EXISTS: 950 exists already (llm) -> choose another number"],
  [
    "of nothing",
    clone({ source: 949 }),
    parts,
    "960 CONTAINER_MISSING: 949, which is to be cloned, does not exist on this host -> phoenixctl ps",
  ],
  [
    "of a snapshot that is not there",
    clone({ of: { at: "snapshot", name: "mine" } }),
    parts,
    "960 SNAPSHOT_MISSING: 950 has no snapshot mine (it has: pre-configured, final-form) -> phoenixctl snapshot list 950",
  ],
  [
    "of a locked one",
    clone(),
    { containers: [{ ...source, lock: "backup" }] },
    "960 LOCKED: 950 is locked by the platform (backup) -> wait until that has ended",
  ],
  [
    "of one that a run has",
    clone(),
    { ...parts, active: { 950: "01K" } },
    "960 BUSY: run 01K has 950 -> wait (phoenixctl run watch 01K), or use --wait",
  ],
  [
    "of one that runs, where only a snapshot of it can be cloned",
    clone(),
    can({ can: "snapshot or stopped" }, "running"),
    "960 CONTAINER_RUNNING: 950 is running, and this platform can clone what is there now only while it is stopped -> phoenixctl stop 950, or clone one of its snapshots: --snapshot NAME",
  ],
  [
    "of one that runs, where no snapshot can be cloned",
    clone(),
    can(onlyStopped, "running"),
    "960 CONTAINER_RUNNING: 950 is running, and this platform can clone what is there now only while it is stopped -> phoenixctl stop 950",
  ],
  [
    "of a snapshot of one that runs, where only a stopped one can be cloned",
    clone({ of }),
    can(onlyStopped, "running"),
    "960 SNAPSHOT_UNSUPPORTED: on storage btr (btrfs) only a stopped container can be cloned, as it is now, and 950 is running -> phoenixctl stop 950, phoenixctl snapshot restore 950 final-form, and clone it then",
  ],
  [
    "without room",
    clone(),
    { ...parts, free_bytes: { "": 1024 } },
    "960 NO_SPACE: the container storage has 0 MiB free, 128 MiB is the least -> delete what is not needed there, snapshots for example",
  ],
])("%s it is refused", (_, request, world, expected) => {
  expect(planText({ ...planRun(request, w.world(world)), steps: [], undo: [], warnings: [] })).toBe(expected);
});

test.each<[RunRequest, w.WorldParts]>([
  [clone(), can(onlyStopped, "stopped")],
  [clone({ of }), can(onlyStopped, "stopped")],
  [clone({ of }), can({ can: "snapshot or stopped" }, "running")],
])("%# it is not refused where the platform can", (request, world) => {
  expect(planRun(request, w.world(world)).blockers).toEqual([]);
});

test("onto the number of a virtual machine it is refused", () => {
  const world = w.world(parts);
  const withMachine = { ...world, inventory: { ...world.inventory, machines: new Map([[960, "stopped" as const]]) } };
  expect(planRun(clone(), withMachine).blockers).toMatchObject([
    { reason: "CONTAINER_EXISTS", message: "960 is the number of a virtual machine" },
  ]);
});
