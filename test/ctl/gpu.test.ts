import { toTimestamp } from "../../proto/time.ts";
import type { Gpu__Output } from "../../proto/types.ts";
import { gpuTable } from "../../src/ctl/render/gpus.ts";
import { paint } from "../../src/ctl/render/line.ts";
import { withAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { noon } from "./support/samples.ts";

const lease = { ctid: 950, holder: "ana", reason: "demo", since: toTimestamp(noon), until: toTimestamp(noon + 7_200_000) };
const env = { SUDO_USER: "ana" };

test("a lease is asked for in the name of whoever said sudo, and told in the reader's time", async () => {
  const { socket, calls } = await withAgent({ Lease: { lease } });
  const { code, stdout } = await phoenixctl(["gpu", "lease", "950", "--for", "2h", "--reason", "demo"], { socket, env });
  expect(stdout).toBe("950 on pve1 is leased by ana until 16:01 (demo).\n  release   phoenixctl gpu release 950\n");
  expect(code).toBe(0);
  expect(calls.at(-1)).toEqual({ method: "Lease", request: { ctid: 950, for_s: 7200, holder: "ana", reason: "demo" } });
});

test("a lease is released", async () => {
  const { socket, calls } = await withAgent({ Release: { lease: { ...lease, reason: "" } } });
  const { stdout } = await phoenixctl(["gpu", "release", "950", "--force"], { socket, env });
  expect(stdout).toBe("950 on pve1 is released; it was leased by ana until 16:01.\n");
  expect(calls.at(-1)).toEqual({ method: "Release", request: { ctid: 950, holder: "ana", force: true } });
});

test("programs get a record", async () => {
  const { socket } = await withAgent({ Lease: { lease } });
  const { stdout } = await phoenixctl(["gpu", "lease", "950", "--for", "2h", "-o", "json"], { socket, env });
  expect(JSON.parse(stdout)).toMatchObject({ ctid: 950, holder: "ana", reason: "demo", until: "2026-11-23T15:01:00.000Z" });
});

test("a lease without a time is a mistake", async () => {
  expect((await phoenixctl(["gpu", "lease", "950"])).code).toBe(2);
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["45m", 2700],
  ["2h", 7200],
  ["2d", 172_800],
])("for %s", async (time, for_s) => {
  const { socket, calls } = await withAgent({ Lease: { lease } });
  await phoenixctl(["gpu", "lease", "950", "--for", time], { socket, env });
  expect(calls.at(-1)).toMatchObject({ request: { for_s } });
});

test.each(["2w", "0d", "d", "1.5h"])("for %s is a mistake, and what is expected is said", async (time) => {
  const { code, stderr } = await phoenixctl(["gpu", "lease", "950", "--for", time]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("expected seconds, or a number with s, m, h or d")]);
});

const anas = { ...lease, until: toTimestamp(noon + 3_600_000) };
const none = { since: null, lease: null, until: "GPU_UNTIL_UNSPECIFIED", until_at: null, schedule: "" };
const gpus = [
  {
    index: 0,
    model: "NVIDIA GeForce RTX 5060 Ti",
    used_mib: 15462,
    total_mib: 16384,
    utilization_percent: 37,
    holders: [
      {
        ...none,
        ctid: 950,
        name: "vllm-qwen",
        used_mib: 13722,
        since: toTimestamp(noon - 60_000),
        lease: anas,
        until: "GPU_UNTIL_LEASE",
        until_at: anas.until,
      },
      {
        ...none,
        ctid: 955,
        name: "ollama",
        used_mib: 1740,
        since: toTimestamp(noon - 3_600_000),
        idle_s: 1320,
        until: "GPU_UNTIL_IDLE",
        until_at: toTimestamp(noon + 480_000),
      },
      {
        ...none,
        ctid: 956,
        name: "whisper",
        used_mib: 0,
        until: "GPU_UNTIL_SCHEDULE",
        until_at: toTimestamp(noon + 39_600_000),
        schedule: "night",
      },
    ],
  },
  { index: 1, model: "NVIDIA GeForce RTX 5060 Ti", used_mib: 0, total_mib: 16384, utilization_percent: 0, holders: [] },
];

test("GPUs are listed with who holds them, and until when", async () => {
  const { socket } = await withAgent({ ListGpus: { gpus, unseen: "", idle_stop_s: 1800 } });
  const { code, stdout } = await phoenixctl(["gpu", "list"], { socket });
  expect(code).toBe(0);
  expect(`\n${stdout}`).toBe(`
HOST  GPU  MODEL                  MEMORY  HELD BY                   SINCE  UNTIL
pve1    0  RTX 5060 Ti  15.1 of 16.0 GiB  950 vllm-qwen (13.4 GiB)  14:00  lease to 15:01 (ana: demo)
                                          955 ollama (1.7 GiB)      13:01  idle 22 m, stops at 14:09
                                          956 whisper (nothing)     -      24 Nov 01:01 by schedule night
pve1    1  RTX 5060 Ti   0.0 of 16.0 GiB  nobody
`);
});

test("what can't be seen is said", async () => {
  const unseen = "there is no program /usr/bin/nvidia-smi";
  const holder = { ...none, ctid: 950, name: "vllm-qwen" };
  const { socket } = await withAgent({ ListGpus: { gpus: [{ index: 0, model: "", holders: [holder] }], unseen, idle_stop_s: 0 } });
  const { stdout } = await phoenixctl(["gpu", "list"], { socket });
  expect(`\n${stdout}`).toBe(`
HOST  GPU  MODEL  MEMORY  HELD BY        SINCE  UNTIL
pve1    0  -           -  950 vllm-qwen  -
Nothing is seen of the GPUs on pve1, only what manifest and configurations say is known. there is no program /usr/bin/nvidia-smi
`);
});

test("programs get all that is known, and null for the rest", async () => {
  const { socket } = await withAgent({ ListGpus: { gpus, unseen: "", idle_stop_s: 1800 } });
  const { stdout } = await phoenixctl(["gpu", "list", "-o", "json"], { socket });
  expect(JSON.parse(stdout)).toMatchObject({
    unseen: [],
    failed: [],
    gpus: [
      {
        index: 0,
        holders: [
          { ctid: 950, lease: { holder: "ana" }, until: "lease", idle_s: null },
          { ctid: 955, until: "idle", idle_s: 1320, lease: null },
          { ctid: 956, used_mib: 0, since: null, until: "schedule", schedule: "night" },
        ],
      },
      { index: 1, holders: [] },
    ],
  });
});

describe("gpu shutdown", () => {
  test.each<[readonly string[], object]>([
    [
      ["950", "951"],
      { choice: { containers: { ctids: [950, 951] }, except: [] }, options: { only_idle: false, grace_s: 0, force: false } },
    ],
    [["--gpu", "0", "--grace", "90s", "--force"], { choice: { gpu: 0 }, options: { grace_s: 90, force: true } }],
    [["--all", "--except", "952", "--only-idle"], { choice: { all: true, except: [952] }, options: { only_idle: true } }],
  ])("%j", async (args, request) => {
    const { socket, calls } = await withAgent({ StartGpuShutdown: { runs: [], refused: [] } });
    const { code, stdout } = await phoenixctl(["gpu", "shutdown", ...args], { socket });
    expect(calls.at(-1)).toMatchObject({ method: "StartGpuShutdown", request });
    expect([code, stdout]).toEqual([0, "nothing to stop on pve1\n"]);
  });

  test.each([
    [[], "shut down which containers? Give CTIDs, --gpu N or --all."],
    [["950", "--all"], "shut down which containers? Give one of CTIDs, --all."],
    [["--gpu", "x"], '"x" is no GPU: expected its index, 0 for the first'],
  ])("%j is a mistake", async (args, words) => {
    const { code, stderr } = await phoenixctl(["gpu", "shutdown", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

const night = {
  name: "night",
  cron: "0 1 * * *",
  time_zone: "Europe/Berlin",
  catch_up_s: 3600,
  choice: { of: "all", all: true, except: [952] },
  options: { only_idle: true, grace_s: 90, force: false },
  paused_at: null,
  fired_at: toTimestamp(noon - 46_800_000),
  missed_at: null,
  next_at: toTimestamp(noon + 39_600_000),
};

test("schedules are listed", async () => {
  const paused = {
    ...night,
    name: "lunch",
    choice: { of: "gpu", gpu: 0, except: [] },
    paused_at: toTimestamp(noon),
    fired_at: null,
    missed_at: toTimestamp(noon - 60_000),
  };
  const { socket } = await withAgent({ ListGpuSchedules: { schedules: [night, paused] } });
  const { stdout } = await phoenixctl(["gpu", "schedule", "list"], { socket });
  expect(`\n${stdout}`).toBe(`
HOST  NAME   WHEN       STOPS        LAST   NEXT          NOTE
pve1  night  0 1 * * *  all but 952  01:01  24 Nov 01:01  Europe/Berlin, only if idle, 1 m 30 s to shut down
pve1  lunch  0 1 * * *  GPU 0        -      paused        Europe/Berlin, only if idle, 1 m 30 s to shut down, paused since 14:01, missed 14:00
`);
});

test("the next times of a schedule", async () => {
  const at = [toTimestamp(noon + 39_600_000), toTimestamp(noon + 126_000_000)];
  const { socket, calls } = await withAgent({ ListGpuFirings: { at } });
  const { stdout } = await phoenixctl(["gpu", "schedule", "next", "night", "--limit", "2"], { socket });
  expect(calls.at(-1)).toEqual({ method: "ListGpuFirings", request: { name: "night", count: 2 } });
  expect(`\n${stdout}`).toBe(`
HOST  NAME   AT            IN
pve1  night  24 Nov 01:01  10 h 56 m
pve1  night  25 Nov 01:01  1 d 10 h
`);
});

test("a schedule is paused, resumed and run by hand", async () => {
  const { socket, calls } = await withAgent({
    PauseGpuSchedule: { schedule: { ...night, paused_at: toTimestamp(noon) } },
    ResumeGpuSchedule: { schedule: night },
    RunGpuSchedule: { runs: [], refused: [] },
  });
  expect((await phoenixctl(["gpu", "schedule", "pause", "night"], { socket })).stdout).toContain("paused since 14:01");
  expect(JSON.parse((await phoenixctl(["gpu", "schedule", "resume", "night", "-o", "json"], { socket })).stdout)).toMatchObject({
    schedules: [{ name: "night", containers: "all", except: [952], paused: null }],
  });
  expect((await phoenixctl(["gpu", "schedule", "run", "night"], { socket })).code).toBe(0);
  expect(calls.filter(({ method }) => method !== "GetHost").map(({ method }) => method)).toEqual([
    "PauseGpuSchedule",
    "ResumeGpuSchedule",
    "RunGpuSchedule",
  ]);
});

test("room is made where that is asked for", async () => {
  const { socket, calls } = await withAgent({ StartContainer: { run: null, before: [] } });
  await phoenixctl(["start", "950", "--make-room", "--force"], { socket });
  expect(calls.at(-1)).toMatchObject({ method: "StartContainer", request: { ctid: 950, make_room: true, force: true } });
});

test("80 columns are enough", () => {
  const look = { now: noon, width: 80, height: 24, color: false };
  const host = { hostname: "pve1", driver: "proxmox" };
  const found = gpus as unknown as readonly Gpu__Output[];
  const rows = found.map((gpu) => ({ host, item: { gpu, idle_stop_s: 1800 } }));
  const lines = gpuTable(rows, [], look).map((line) => paint(line, look));
  expect(`\n${lines.join("\n")}\n`).toBe(`
HOST  GPU  MODEL                  MEMORY  HELD BY                   SINCE
pve1    0  RTX 5060 Ti  15.1 of 16.0 GiB  950 vllm-qwen (13.4 GiB)  14:00
                                          └ lease to 15:01 (ana: demo)
                                          955 ollama (1.7 GiB)      13:01
                                          └ idle 22 m, stops at 14:09
                                          956 whisper (nothing)     -
                                          └ 24 Nov 01:01 by schedule night
pve1    1  RTX 5060 Ti   0.0 of 16.0 GiB  nobody
`);
});
