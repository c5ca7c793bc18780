import type { RunRequest } from "../../src/agent/domain/plan.ts";
import { lostText, stillHeld } from "../../src/agent/plan/gpu-memory.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import { blockers } from "../../src/agent/plan/preflight.ts";
import { subjectOf } from "../../src/agent/plan/subject.ts";
import { gpu, process } from "../gpu/seen.ts";
import * as w from "../support/world.ts";

const { lines, planText } = w;
const settings = { hostname: "c", memory_mb: "2048", cores: "2", gpus: "0" };
const config = w.config({ ctid: 950, name: "vllm", gpus: [0], settings, shutdown_timeout_s: 90 });
const up = w.container({ ctid: 950, settings, gpu_access: true, state: "running" });
const lease = { ctid: 950, holder: "ana", reason: "demo", since: w.day(20), until: w.day(21) };
const seen = [gpu(0, [process(950, 2048)], { utilization_percent: 37 })];
const host = (parts: w.WorldParts = {}) => w.world({ configs: [config], containers: [up], gpus: seen, ...parts });
type Shutdown = Extract<RunRequest, { kind: "gpu-shutdown" }>;
const shutdown = (parts: Partial<Shutdown> = {}): Shutdown => ({
  kind: "gpu-shutdown",
  ctid: 950,
  when: "always",
  leased: "skip",
  grace_s: null,
  why: "schedule night",
  ...parts,
});
const stops = `
  preflight | preflight
  stop | shut down | schedule night
  memory-back | GPU memory back | 2.0 GiB of GPU 0 within 30 s
`;

test.each<[string, Shutdown, w.WorldParts, string]>([
  ["stops and looks whether the memory is back", shutdown(), {}, stops],
  ["without nvidia-smi just stops", shutdown(), { gpus: null }, "preflight | preflight\nstop | shut down | schedule night"],
  [
    "leaves a leased one",
    shutdown(),
    { leases: [lease] },
    "preflight | preflight | left running: leased by ana until 2026-11-21T12:00:00Z: demo",
  ],
  [
    "that somebody has asked for by name is refused for a lease",
    shutdown({ leased: "refuse" }),
    { leases: [lease] },
    `${stops}950 LEASED: leased by ana until 2026-11-21T12:00:00Z: demo -> ask ana; --force does it all the same`,
  ],
  ["unless by force", shutdown({ leased: "refuse", force: true }), { leases: [lease] }, stops],
  [
    "leaves one that is stopped",
    shutdown(),
    { containers: [w.container({ ctid: 950, settings, gpu_access: true })] },
    "preflight | preflight | it is stopped already",
  ],
  ["of who is idle stops one who is", shutdown({ when: "idle" }), { idle: { 950: 10 } }, stops],
  ["leaves one in use", shutdown({ when: "idle" }), {}, "preflight | preflight | left running: it is in use (GPU 0 at 37 %)"],
  [
    "leaves one that is idle for too short",
    shutdown({ when: "idle" }),
    { idle: { 950: 9 } },
    "preflight | preflight | left running: it has been idle for 9 min, and counts as idle from 10 min on",
  ],
  [
    "leaves one of which nothing is known",
    shutdown({ when: "idle" }),
    { gpus: null },
    "preflight | preflight | left running: nobody knows whether it is in use (there is no nvidia-smi)",
  ],
  [
    "refuses one without a GPU",
    shutdown(),
    { configs: [], containers: [w.container({ ctid: 950, state: "running" })] },
    "preflight | preflight\nstop | shut down | schedule night\n950 INVALID: it has no GPU access -> phoenixctl stop 950",
  ],
])("a GPU shutdown %s", (_, request, parts, expected) => expect(planText(planRun(request, host(parts)))).toBe(lines(expected)));

test.each([
  [null, 90],
  [15, 15],
])("grace %s gives %s s", (grace_s, timeout_s) => {
  const [, stop] = planRun(shutdown({ grace_s }), host()).steps;
  expect(stop?.action).toEqual({ do: "stop", how: "graceful", timeout_s });
});

test("one that was idle when the plan was made, and is not when it is done, is left alone", () => {
  const request = shutdown({ when: "idle" });
  const { steps } = planRun(request, host({ idle: { 950: 10 } }));
  expect(blockers(subjectOf(950, host()), request, steps)).toMatchObject([{ reason: "IN_USE", message: "it is in use (GPU 0 at 37 %)" }]);
});

test("every stop of a container with a GPU looks whether the memory is back", () => {
  const ends = (request: RunRequest) => planRun(request, host()).steps.at(-1)?.id;
  expect([ends(w.ask.stop(950)), ends(w.ask.stop(950, "kill")), ends(w.ask.orchestrate(950))]).toEqual(Array(3).fill("memory-back"));
  expect(planRun(w.ask.stop(951), host({ containers: [w.container({ ctid: 951, state: "running" })] })).steps.at(-1)?.id).toBe("stop");
});

describe("memory that has not come back", () => {
  const held = [{ index: 0, used_mib: 2048, pids: [7], unlisted_mib: 300 }];
  test.each([
    ["none", [gpu(0, [], { used_mib: 300 })], ""],
    ["of others", [gpu(0, [process(951, 4096)], { used_mib: 4396 })], ""],
    ["of a process that is still in its cgroup", [gpu(0, [process(950, 100, { pid: 8 })])], "0.1 GiB of GPU 0, by 8 (python3)"],
    ["of a process that has left it", [gpu(0, [process(null, 2048, { pid: 7, program: "" })])], "2.0 GiB of GPU 0, by 7"],
    ["of a process of which nobody knows how much", [gpu(0, [process(950, null, { pid: 8 })])], "memory of GPU 0, by 8 (python3)"],
    ["that nobody is listed for", [gpu(0, [], { used_mib: 2348 })], "2.0 GiB of GPU 0, by no process that is listed"],
    ["a little that comes and goes", [gpu(0, [], { used_mib: 700 })], ""],
  ])("%s", (_, gpus, text) => expect(lostText(stillHeld(950, held, gpus))).toBe(text));
});
