import { status } from "@grpc/grpc-js";
import type { BootPlan__Output, Plan__Output, Run__Output } from "../../proto/index.ts";
import type { RunRecord } from "../../src/agent/domain/journal.ts";
import type { RunRequest } from "../../src/agent/domain/plan.ts";
import type { PlannedRun } from "../../src/agent/plan/boot-run.ts";
import type { World } from "../../src/agent/plan/world.ts";
import { createBoots } from "../../src/agent/run/boot.ts";
import { worldOf, type Guest } from "../plan/boot/support.ts";
import { plan, record, step } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";

afterEach(closeAll);

const guests: readonly Guest[] = [
  { ctid: 953, order: 1, delay: 5 },
  { ctid: 955, order: 2, needs: [953, 100], state: "running" },
  { ctid: 956, needs: [999] },
  { ctid: 957, atBoot: false },
];

/** A past run on 953 that took so long. */
function took(ms: number, request: RunRequest = { kind: "start", ctid: 953 }, detail = ""): RunRecord {
  return record([{ type: "created" }], { started: 1000, finished: 1000 + ms, plan: plan({ request, steps: [step("start", { detail })] }) });
}

function started(planned: readonly PlannedRun[]) {
  const able = planned.filter(({ plan: { blockers } }) => blockers.length === 0);
  return {
    runs: able.map((each) => record([], { plan: each.plan })),
    refused: planned.filter((each) => !able.includes(each)).map((each) => each.plan),
  };
}

async function served(past: readonly RunRecord[] = []) {
  const world = worldOf(guests, { machines: { 100: "running" } });
  const runs = jest.fn(({ ctid }: { ctid: number | null }) => (ctid === 953 ? past : []));
  const startPlanned = jest.fn((_id: string, planned: (now: World) => readonly PlannedRun[]) => Promise.resolve(started(planned(world))));
  const boots = createBoots({ world: () => Promise.resolve(world), journal: { runs }, orchestrator: { startPlanned }, max_parallel: 2 });
  return { runs, startPlanned, ...(await serve({ boots })) };
}

describe("PlanBoot", () => {
  test("gives everything that is known of the plan", async () => {
    const { call } = await served();
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot");
    const [first, second, lost] = answer.members;
    expect(first).toMatchObject({
      ctid: 953,
      boot_order: 1,
      turn_order: 1,
      delay_s: 5,
      wave: 1,
      timeout_s: 360,
      turn_s: 0,
      start_s: 5,
      up_s: 15,
      held_by: 0,
      held_reason: "BOOT_WAIT_UNSPECIFIED",
      estimate_s: 10,
      estimate_runs: 0,
      lost: "",
      needed_by: 0,
    });
    expect(second).toMatchObject({
      ctid: 955,
      dependencies: [953],
      outsiders: [100],
      running: true,
      wave: 2,
      turn_s: 15,
      start_s: 15,
      up_s: 15,
      held_by: 953,
      held_reason: "BOOT_WAIT_DEPENDENCY",
    });
    expect(lost).toMatchObject({ ctid: 956, wave: 0, lost: "it needs 999, which is neither in the manifest nor on this host" });
    expect(lost).not.toHaveProperty("turn_order");
    expect(answer).toMatchObject({
      makespan_s: 15,
      longest_chain: [953, 955],
      max_parallel: 2,
      problems: [{ error: true, reason: "MISSING", ctid: 956 }],
    });
  });

  test("estimates by the median of past starts, and by nothing else", async () => {
    const others = [took(1, { kind: "stop", ctid: 953, how: "kill" }), took(2, undefined, "it is running already")];
    const { call, runs } = await served([took(30_000), ...others, took(4000), took(6000)]);
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot");
    expect(answer.members[0]).toMatchObject({ estimate_s: 6, estimate_runs: 3, up_s: 11 });
    expect(runs).toHaveBeenCalledWith({ ctid: 953, phases: ["succeeded"], limit: 50, before: null });
  });

  test("of some containers only, which must be ids", async () => {
    const { call, fails } = await served();
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot", { ctids: [957] });
    expect(answer.members.map(({ ctid }) => ctid)).toEqual([957]);
    expect(await fails(call("boot/PlanBoot", { ctids: [99] }))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe("StartBoot", () => {
  test("starts a run for each member that can be started, and says which can't", async () => {
    const { call, startPlanned } = await served();
    const { runs, refused } = await call<{ runs: Run__Output[]; refused: Plan__Output[] }>("boot/StartBoot", { request_id: "b-1" });
    expect(startPlanned.mock.calls[0]?.[0]).toBe("b-1");
    expect(runs.map(({ kind, ctid, plan: planned }) => [kind, ctid, planned?.steps.map(({ id }) => id)])).toEqual([
      ["RUN_KIND_START", 953, ["wait", "preflight", "start", "ready"]],
      ["RUN_KIND_START", 955, ["preflight", "start", "ready"]],
    ]);
    expect(refused).toMatchObject([
      { ctid: 956, blockers: [{ message: "it needs 999, which is neither in the manifest nor on this host" }] },
    ]);
  });

  test("of some only; wants a request id, and ids", async () => {
    const { call, fails } = await served();
    expect(await call("boot/StartBoot", { request_id: "b-2", ctids: [957] })).toMatchObject({ runs: [{ ctid: 957 }], refused: [] });
    expect(await fails(call("boot/StartBoot", { ctids: [5] }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringMatching(/request_id.*ctids/) as string,
    });
  });
});

test("GetBoot gives the newest boot, whatever was done since, in the order of the plan", async () => {
  const request: RunRequest = { kind: "start", ctid: 953, boot: true };
  const of = (id: string, batch: string, more: RunRequest) => record([], { id, batch, plan: plan({ request: more }) });
  const past = [
    of("5", "c", { kind: "start", ctid: 950 }),
    of("4", "b", { ...request, ctid: 955 }),
    of("3", "b", request),
    of("2", "a", request),
  ];
  const runs = (filter: { readonly limit: number }) => past.slice(0, filter.limit);
  const boots = createBoots({
    world: () => Promise.reject(new Error("unused")),
    journal: { runs },
    orchestrator: { startPlanned: () => Promise.resolve({ runs: [], refused: [] }) },
    max_parallel: 2,
  });
  const { call } = await serve({ boots });
  expect((await call<{ runs: Run__Output[] }>("boot/GetBoot")).runs.map(({ id }) => id)).toEqual(["3", "4"]);
});

describe("shutdown", () => {
  test("its plan is the boot backwards: what runs, and nothing else", async () => {
    const { call } = await served();
    expect(await call("boot/PlanShutdown")).toMatchObject({
      plans: [{ kind: "RUN_KIND_STOP", ctid: 955, after: [], steps: [{ id: "preflight" }, { id: "stop" }] }],
    });
  });

  test("it starts a run for each; wants a request id", async () => {
    const { call, fails, startPlanned } = await served();
    expect(await call("boot/StartShutdown", { request_id: "s-1" })).toMatchObject({
      runs: [{ kind: "RUN_KIND_STOP", ctid: 955 }],
      refused: [],
    });
    expect(startPlanned.mock.calls[0]?.[0]).toBe("s-1");
    expect(await fails(call("boot/StartShutdown"))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
