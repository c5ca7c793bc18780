import { status } from "@grpc/grpc-js";
import { toTimestamp } from "../../../proto/time.ts";
import { refusal } from "../support/fake-agent.ts";
import { having, makeFleet, type Fleet } from "../support/fleet.ts";
import { noon, run } from "../support/samples.ts";

let fleet: Fleet;
afterEach(() => fleet.close());

const requests = (name: string, method: string) =>
  fleet.agents[name]?.calls.filter((call) => call.method === method).map(({ request }) => request);

const gpu = (index: number) => ({ index, model: "RTX 5060 Ti", used_mib: 0, total_mib: 16384, utilization_percent: 0, holders: [] });
const seen = (...indexes: readonly number[]) => ({ ListGpus: { gpus: indexes.map(gpu), unseen: "", idle_stop_s: 0 } });
const blind = { ListGpus: { gpus: [], unseen: "there is no program nvidia-smi", idle_stop_s: 0 } };

describe("gpu list", () => {
  const hosts = { pve1: seen(0, 1), pve2: blind, pve3: seen(0), pve4: blind, attic: "dead" } as const;

  test("shows the GPUs of all hosts, who can't see theirs, and who is away", async () => {
    fleet = await makeFleet(hosts);
    const { code, stdout, stderr } = await fleet.ctl(["gpu", "list"]);
    expect(stdout.replace(/, [\d. ms]+$/m, ", 0.0 s").replace(/\(\/.*\/attic/, "(/…/attic")).toMatchInlineSnapshot(`
     "HOST   GPU  MODEL                 MEMORY  HELD BY  SINCE  UNTIL
     pve1     0  RTX 5060 Ti  0.0 of 16.0 GiB  nobody
     pve1     1  RTX 5060 Ti  0.0 of 16.0 GiB  nobody
     pve3     0  RTX 5060 Ti  0.0 of 16.0 GiB  nobody
     attic     -  unreachable: no such socket (/…/attic.sock), 0.0 s
     Nothing is seen of the GPUs on pve2, pve4, only what manifest and configurations say is known. there is no program nvidia-smi
     "
    `);
    expect([code, stderr]).toEqual([3, "1 of 5 hosts did not answer: attic.\n"]);
  });

  test.each<[readonly string[], readonly string[]]>([
    [
      ["-H", "pve3,pve1"],
      ["pve3", "pve1", "pve1"],
    ],
    [["-g", "lab"], ["pve3"]],
    [["--all-hosts"], ["pve1", "pve1", "pve3"]],
  ])("%j", async (args, expected) => {
    fleet = await makeFleet(hosts, { lab: ["pve2", "pve3"] });
    const { gpus } = JSON.parse((await fleet.ctl(["gpu", "list", "-o", "json", ...args])).stdout) as { gpus: { host: string }[] };
    expect(gpus.map(({ host }) => host)).toEqual(expected);
  });

  test("programs are told who can't see theirs", async () => {
    fleet = await makeFleet(hosts);
    const { stdout } = await fleet.ctl(["gpu", "list", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      host: null,
      unseen: [
        { host: "pve2", message: "there is no program nvidia-smi" },
        { host: "pve4", message: "there is no program nvidia-smi" },
      ],
      failed: [{ host: "attic", reason: "unreachable" }],
    });
    const unseen = { unseen: "there is no program nvidia-smi", driver: "proxmox" };
    const records = async (...args: readonly string[]) =>
      (await fleet.ctl(["gpu", "list", "-o", "ndjson", ...args])).stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { host: string })
        .toSorted((a, b) => (a.host < b.host ? -1 : 1));
    expect(await records("-H", "pve2")).toEqual([{ host: "pve2", ...unseen }]);
    expect(await records()).toMatchObject([
      { host: "attic", failed: { reason: "unreachable" } },
      { host: "pve1", index: 0 },
      { host: "pve1", index: 1 },
      { host: "pve2", ...unseen },
      { host: "pve3", index: 0 },
      { host: "pve4", ...unseen },
    ]);
  });
});

describe("gpu schedule", () => {
  const night = {
    name: "night",
    cron: "0 1 * * *",
    time_zone: "UTC",
    catch_up_s: 3600,
    choice: { of: "all", all: true, except: [] },
    options: { only_idle: false, grace_s: 0, force: false },
    paused_at: null,
    fired_at: null,
    missed_at: null,
    next_at: toTimestamp(noon),
  };
  const has = { ListGpuSchedules: { schedules: [night] }, PauseGpuSchedule: { schedule: { ...night, paused_at: toTimestamp(noon) } } };
  const none = {
    ListGpuSchedules: { schedules: [] },
    PauseGpuSchedule: refusal(status.NOT_FOUND, "there is no schedule night", { reason: "NOT_FOUND" }),
  };
  const names = (out: string) => (JSON.parse(out) as { schedules: { host: string }[] }).schedules.map(({ host }) => host);

  test("list is about all hosts", async () => {
    fleet = await makeFleet({ pve1: has, pve2: none, pve3: has });
    expect(names((await fleet.ctl(["gpu", "schedule", "list", "-o", "json"])).stdout)).toEqual(["pve1", "pve3"]);
  });

  test("pause wants its hosts named where there are several, and each answers for itself", async () => {
    fleet = await makeFleet({ pve1: has, pve2: none, pve3: has });
    const vague = await fleet.ctl(["gpu", "schedule", "pause", "night"]);
    expect([vague.code, vague.stderr]).toEqual([2, expect.stringContaining("pause of schedule night: on which host?")]);
    const { code, stdout } = await fleet.ctl(["gpu", "schedule", "pause", "night", "--all-hosts", "-o", "json"]);
    expect([code, names(stdout)]).toEqual([3, ["pve1", "pve3"]]);
    expect(JSON.parse(stdout)).toMatchObject({ failed: [{ host: "pve2", reason: "failed", message: "there is no schedule night" }] });
  });

  test("next tells the times of each", async () => {
    const due = (hour: number) => ({ ListGpuFirings: { at: [toTimestamp(noon + hour * 3_600_000)] } });
    fleet = await makeFleet({ pve1: due(1), pve2: due(2) });
    const { stdout } = await fleet.ctl(["gpu", "schedule", "next", "night", "-H", "pve1,pve2", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      firings: [
        { host: "pve1", schedule: "night", at: new Date(noon + 3_600_000).toISOString() },
        { host: "pve2", schedule: "night", at: new Date(noon + 7_200_000).toISOString() },
      ],
    });
  });

  test("run begins what each host has to stop", async () => {
    const RunGpuSchedule = { runs: [run({ ctid: 950, kind: "RUN_KIND_GPU_SHUTDOWN" })], refused: [] };
    fleet = await makeFleet({ pve1: { RunGpuSchedule }, pve2: { RunGpuSchedule: { runs: [], refused: [] } } });
    const { code, stdout } = await fleet.ctl(["gpu", "schedule", "run", "night", "--all-hosts", "--detach"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^gpu-shutdown of 950 on pve1 is under way.*\nnothing to stop on pve2\n$/)]);
  });
});

describe("gpu shutdown", () => {
  const script = (ctid: number) => ({
    ...having(ctid),
    StartGpuShutdown: { runs: [run({ ctid, kind: "RUN_KIND_GPU_SHUTDOWN" })], refused: [] },
    PlanGpuShutdown: { plans: [] },
  });
  const two = { pve1: script(950), pve2: script(1203) };

  test("each container is stopped where it is", async () => {
    fleet = await makeFleet(two);
    expect((await fleet.ctl(["gpu", "shutdown", "950", "1203", "--detach"])).code).toBe(0);
    expect(requests("pve1", "StartGpuShutdown")).toMatchObject([{ choice: { containers: { ctids: [950] } } }]);
    expect(requests("pve2", "StartGpuShutdown")).toMatchObject([{ choice: { containers: { ctids: [1203] } } }]);
  });

  test("--all is for hosts that are named", async () => {
    fleet = await makeFleet(two);
    const vague = await fleet.ctl(["gpu", "shutdown", "--all"]);
    expect([vague.code, vague.stderr]).toEqual([2, expect.stringContaining("gpu shutdown of all containers: on which host?")]);
    expect((await fleet.ctl(["gpu", "shutdown", "--all", "-H", "pve1,pve2", "--only-idle", "--detach"])).code).toBe(0);
    for (const name of ["pve1", "pve2"]) {
      expect(requests(name, "StartGpuShutdown")).toMatchObject([{ choice: { all: true }, options: { only_idle: true } }]);
    }
  });

  test("--gpu is for one host", async () => {
    fleet = await makeFleet(two);
    const { code, stderr } = await fleet.ctl(["gpu", "shutdown", "--gpu", "0", "--all-hosts"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("gpu shutdown of what is on GPU 0: on which host? There are pve1, pve2.")]);
    expect((await fleet.ctl(["gpu", "shutdown", "--gpu", "0", "-H", "pve2", "--detach"])).code).toBe(0);
    expect([requests("pve1", "StartGpuShutdown"), requests("pve2", "StartGpuShutdown")]).toMatchObject([[], [{ choice: { gpu: 0 } }]]);
  });

  test("--dry-run asks each host for its plan and begins nothing", async () => {
    fleet = await makeFleet(two);
    const { code, stdout } = await fleet.ctl(["gpu", "shutdown", "950", "1203", "--dry-run"]);
    expect([code, stdout]).toEqual([0, "nothing to do on pve1\nnothing to do on pve2\n"]);
    expect([requests("pve1", "PlanGpuShutdown"), requests("pve1", "StartGpuShutdown")]).toMatchObject([[{}], []]);
  });
});
