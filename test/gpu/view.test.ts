import { beganAt, ctidOf, ownersOf, type Owner } from "../../src/agent/gpu/processes.ts";
import type { Readings } from "../../src/agent/gpu/readings.ts";
import { gpusOf } from "../../src/agent/gpu/look.ts";
import { gpuViews, type Stops } from "../../src/agent/gpu/view.ts";
import type { World } from "../../src/agent/plan/world.ts";
import type { Gpus } from "../../src/agent/domain/gpu.ts";
import * as w from "../support/world.ts";

test.each([
  ["0::/lxc/950/ns/init.scope\n", 950],
  ["0::/lxc/950/ns\n", 950],
  ["0::/lxc.payload.955/system.slice/x.service\n", 955],
  ["0::/system.slice/lxc.service/lxc/950/ns\n", 950],
  ["12:devices:/lxc/951\n0::/\n", 951],
  ["0::/user.slice/user-0.slice\n", null],
  ["0::/lxc.monitor.950\n", null],
  ["0::/lxc/950x\n", null],
  ["", null],
])("%j is in container %j", (cgroup, ctid) => expect(ctidOf(cgroup)).toBe(ctid));

test("a process began so long ago", () => {
  const stat = `4711 (a) b (c)) S ${Array.from({ length: 18 }, (_, at) => at).join(" ")} 90000 1 2`;
  expect(beganAt(stat, "1000.50 2000.00\n", 10_000_000)).toBe(10_000_000 - 1_000_500 + 900_000);
  expect(beganAt("", "1000.5 1\n", 0)).toBeNull();
  expect(beganAt(stat, "", 0)).toBeNull();
});

test("this process is in no container that Phoenix knows, and has begun; one that has gone is nobody's", async () => {
  const now = Date.now();
  const owners = await ownersOf([process.pid, 999_999_999], now);
  expect(owners.get(process.pid)?.since).toBeLessThanOrEqual(now);
  expect(owners.get(999_999_999)).toEqual({ ctid: null, since: null });
});

const lease = { ctid: 950, holder: "ana", reason: "demo", since: w.day(20), until: w.day(21) };
const running = (ctid: number, gpus: string) => w.container({ ctid, state: "running", gpu_access: true, settings: { gpus } });
const world = w.world({
  configs: [w.config({ ctid: 950, name: "vllm", gpus: [0] }), w.config({ ctid: 951, gpus: [2] })],
  containers: [running(950, "0"), running(955, "0,1"), w.container({ ctid: 952, settings: { gpus: "0" } })],
  leases: [lease],
});
const gpu = (index: number) => ({ index, uuid: `GPU-${index}`, model: "M", used_mib: 10, total_mib: 20, utilization_percent: 5 });
const readings: Readings = {
  known: true,
  gpus: [gpu(0), gpu(1)],
  processes: [
    { gpu: "GPU-0", pid: 1, used_mib: 100, program: "python3" },
    { gpu: "GPU-0", pid: 2, used_mib: 50, program: "python3" },
    { gpu: "GPU-0", pid: 3, used_mib: 300, program: "python3" },
    { gpu: "GPU-1", pid: 4, used_mib: null, program: "python3" },
  ],
};
const owners = new Map<number, Owner>([
  [1, { ctid: 950, since: 2000 }],
  [2, { ctid: 950, since: 1000 }],
  [3, { ctid: null, since: 500 }],
  [4, { ctid: 955, since: null }],
]);

const now = w.day(20);
const nothing: Stops = { idle_ms: null, scheduled: () => null };
const seeing = (seen: Gpus, idle: Readonly<Record<number, number>> = {}): World => {
  const times = Object.entries(idle).map(([ctid, minutes]): [number, number] => [Number(ctid), minutes * 60_000]);
  return { ...world, gpu: { ...world.gpu, seen, idle: new Map(times) } };
};

test("holders are those who compute, the largest first, then those who run and do not", () => {
  expect(gpuViews(seeing(gpusOf(readings, owners)), nothing, now)).toMatchObject([
    {
      index: 0,
      holders: [
        { ctid: null, name: "processes of the host", used_mib: 300, since: 500, lease: null },
        { ctid: 950, name: "vllm", used_mib: 150, since: 1000, lease },
        { ctid: 955, name: "c955", used_mib: 0, since: null, lease: null },
      ],
    },
    { index: 1, holders: [{ ctid: 955, used_mib: null, since: null }] },
  ]);
});

test("without nvidia-smi the manifest and the configurations are all there is", () => {
  const views = gpuViews(world, nothing, now);
  expect(views.map(({ index, used_mib, holders }) => [index, used_mib, holders.map(({ ctid, used_mib: mib }) => [ctid, mib])])).toEqual([
    [
      0,
      null,
      [
        [950, null],
        [955, null],
      ],
    ],
    [1, null, [[955, null]]],
    [2, null, []],
  ]);
});

test.each<[string, Readonly<Record<number, number>>, Stops, object | null]>([
  ["nothing", {}, nothing, null],
  [
    "its lease, whatever else",
    { 950: 25 },
    { idle_ms: 1_800_000, scheduled: () => ({ schedule: "night", at: now + 1 }) },
    { by: "lease", at: w.day(21) },
  ],
  ["the idle rule, when it is idle", { 955: 25 }, { ...nothing, idle_ms: 1_800_000 }, { by: "idle", at: now + 300_000 }],
  ["nothing, when it is in use", {}, { ...nothing, idle_ms: 1_800_000 }, null],
  [
    "a schedule",
    {},
    { ...nothing, scheduled: () => ({ schedule: "night", at: now + 1 }) },
    { by: "schedule", schedule: "night", at: now + 1 },
  ],
  [
    "whichever comes first",
    { 955: 29 },
    { idle_ms: 1_800_000, scheduled: () => ({ schedule: "night", at: now + 100_000 }) },
    { by: "idle", at: now + 60_000 },
  ],
])("what will take the GPU from its holder: %s", (_, idle, stops, until) => {
  const [first] = gpuViews(seeing(gpusOf(readings, owners), idle), stops, now);
  const of = (ctid: number) => first?.holders.find((holder) => holder.ctid === ctid)?.until;
  expect(until !== null && "by" in until && until.by === "lease" ? of(950) : of(955)).toEqual(until);
});
