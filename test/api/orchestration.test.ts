import { status } from "@grpc/grpc-js";
import type { Plan__Output, Run__Output } from "../../proto/index.ts";
import type { Blocker } from "../../src/agent/domain/plan.ts";
import { Fault } from "../../src/agent/domain/errors.ts";
import { plan, record, runId, step } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";

afterEach(closeAll);

const blocker = (ctid: number, over: Partial<Blocker> = {}): Blocker => ({
  reason: "LOCKED",
  ctid,
  message: "locked by backup",
  remedy: `pct unlock ${ctid}`,
  ...over,
});
const spec = { kind: "RUN_KIND_LETSGO", ctids: [950] };
const request = { request_id: "r-1", spec };

describe("PlanRun", () => {
  test("asks for what was meant, and gives the plans whole", async () => {
    const asked = jest.fn(() => Promise.resolve([plan({ warnings: ["w"], after: [900], blockers: [blocker(950)] })]));
    const { call } = await serve({
      orchestrator: { plan: asked, estimate: () => ({ ms: 1500, runs: 3, steps: new Map([["start", 500]]) }) },
    });
    const { plans } = await call<{ plans: Plan__Output[] }>("orchestration/PlanRun", { spec });
    expect(asked.mock.calls).toEqual([[{ kind: "letsgo", on_failure: "manifest", newer: "keep" }, [950]]]);
    expect(plans).toEqual([
      {
        kind: "RUN_KIND_LETSGO",
        ctid: 950,
        name: "llm",
        steps: ["preflight", "restore", "start"].map((id) => ({
          id,
          title: `${id}!`,
          detail: `why ${id}`,
          timeout_s: 60,
          attempts: 3,
          backoff_s: 2,
          estimate_s: id === "start" ? 0.5 : 0,
        })),
        undo: [expect.objectContaining({ id: "undo.restore" })],
        reversible_from: "restore",
        reversible_until: "start",
        blockers: [blocker(950)],
        warnings: ["w"],
        after: [900],
        estimate_s: 1.5,
        estimate_runs: 3,
        nothing_to_do: false,
      },
    ]);
  });

  test.each([
    ["only looks", plan({ steps: [step("preflight", { action: { do: "preflight" } })], undo: [] }), true],
    ["is blocked", plan({ steps: [], blockers: [blocker(950)] }), false],
    ["does something", plan(), false],
  ])("a plan that %s", async (_, planned, nothing) => {
    const { call } = await serve({ orchestrator: { plan: () => Promise.resolve([planned]) } });
    const { plans } = await call<{ plans: Plan__Output[] }>("orchestration/PlanRun", { spec });
    expect(plans[0]?.nothing_to_do).toBe(nothing);
  });
});

describe("StartRun", () => {
  test.each([
    [false, "refuse"],
    [true, "queue"],
  ])("with wait %s, a busy container means %s", async (wait, busy) => {
    const asked = jest.fn(() => Promise.resolve({ runs: [record()], refused: [] }));
    const { call } = await serve({ orchestrator: { start: asked } });
    const { runs } = await call<{ runs: Run__Output[] }>("orchestration/StartRun", { ...request, wait });
    expect(asked.mock.calls).toEqual([["r-1", { kind: "letsgo", on_failure: "manifest", newer: "keep" }, [950], busy]]);
    expect(runs).toMatchObject([{ id: runId, state: "RUN_STATE_QUEUED", plan: { ctid: 950 }, driver: "sim" }]);
  });

  test("names every container of the manifest by all", async () => {
    const asked = jest.fn(() => Promise.resolve({ runs: [], refused: [] }));
    const { call } = await serve({ orchestrator: { start: asked } });
    await call("orchestration/StartRun", { request_id: "r-1", spec: { kind: "RUN_KIND_ORCHESTRATE", all: true } });
    expect(asked).toHaveBeenCalledWith(
      "r-1",
      { kind: "orchestrate", on_failure: "manifest", power: "manifest", baseline: "keep" },
      "all",
      "refuse",
    );
  });

  test("is refused with every blocker and its remedy when nothing may begin", async () => {
    const blockers = [blocker(950), blocker(950, { reason: "SCRIPT_MISSING", message: "no llm.sh", remedy: "" })];
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused: [plan({ blockers })] }) } });
    expect(await fails(call("orchestration/StartRun", request))).toEqual({
      code: status.FAILED_PRECONDITION,
      message: "locked by backup; no llm.sh",
      report: { reason: "LOCKED", message: "locked by backup; no llm.sh", remedy: "", blockers, more_blockers: 0, retry_ms: null },
    });
  });

  test("gives a lone blocker's remedy as its own, and the time to wait when it is another run", async () => {
    const blockers = [blocker(950, { reason: "BUSY", message: "run X has it", remedy: "--wait" })];
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused: [plan({ blockers })] }) } });
    expect((await fails(call("orchestration/StartRun", request))).report).toMatchObject({
      reason: "BUSY",
      remedy: "--wait",
      retry_ms: 5000,
    });
  });

  test("gives no time to wait when something else is in the way as well", async () => {
    const blockers = [blocker(950, { reason: "BUSY" }), blocker(950)];
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused: [plan({ blockers })] }) } });
    expect((await fails(call("orchestration/StartRun", request))).report?.retry_ms).toBeNull();
  });

  test("names the containers when several are refused", async () => {
    const refused = [950, 951].map((ctid) => plan({ blockers: [blocker(ctid)] }));
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused }) } });
    const failed = await fails(call("orchestration/StartRun", { ...request, spec: { ...spec, ctids: [950, 951] } }));
    expect(failed.message).toBe("950: locked by backup; 951: locked by backup");
    expect(failed.report?.blockers.map(({ ctid }) => ctid)).toEqual([950, 951]);
  });

  test("is refused readably even for more blockers than a trailer can hold", async () => {
    const refused = Array.from({ length: 200 }, (_, i) => plan({ blockers: [blocker(1000 + i, { message: "é".repeat(900) })] }));
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused }) } });
    const { code, report } = await fails(call("orchestration/StartRun", request));
    expect(code).toBe(status.FAILED_PRECONDITION);
    expect((report?.blockers.length ?? 0) + (report?.more_blockers ?? 0)).toBe(200);
  });

  test("begins what may, and gives the plans of what may not", async () => {
    const started = { runs: [record()], refused: [plan({ blockers: [blocker(951)] })] };
    const { call } = await serve({ orchestrator: { start: () => Promise.resolve(started) } });
    const answer = await call("orchestration/StartRun", request);
    expect(answer).toMatchObject({ runs: [{ id: runId }], refused: [{ blockers: [blocker(951)] }] });
  });

  test("begins a clone", async () => {
    const begun: unknown[] = [];
    const start = (...asked: unknown[]) => {
      begun.push(asked[1], asked[2]);
      return Promise.resolve({ runs: [record()], refused: [] });
    };
    const { call } = await serve({ orchestrator: { start } });
    await call("orchestration/StartRun", { ...request, spec: { ...spec, kind: "RUN_KIND_CLONE", ctids: [960], options: { source: 950 } } });
    expect(begun).toEqual([{ kind: "clone", source: 950, of: { at: "now" }, power: "off" }, [960]]);
  });

  test("is nothing for the kinds that have calls of their own", async () => {
    const { call, fails } = await serve();
    const failed = await fails(call("orchestration/StartRun", { ...request, spec: { ...spec, kind: "RUN_KIND_STOP" } }));
    expect(failed.message).toBe(
      'spec.kind: expected one of RUN_KIND_ORCHESTRATE, RUN_KIND_RECONFIGURE, RUN_KIND_LETSGO, RUN_KIND_CLONE, got "RUN_KIND_STOP"',
    );
  });
});

describe("GetRun", () => {
  test("gives the run with everything that is known of it", async () => {
    const failure = { reason: "EXIT_CODE", message: "exit code 3", remedy: "look", transient: false } as const;
    const failed = record(
      [
        { type: "started" },
        { type: "step-started", step: "preflight", attempt: 1 },
        { type: "step-finished", step: "preflight", detail: "", ms: 1, platform_ms: 0 },
        { type: "step-started", step: "restore", attempt: 1 },
        { type: "step-failed", step: "restore", failure, ms: 1, platform_ms: 0, retried: false },
        { type: "step-started", step: "undo.restore", attempt: 1 },
        { type: "step-failed", step: "undo.restore", failure: { ...failure, reason: "LOCKED" }, ms: 1, platform_ms: 0, retried: false },
        { type: "finished", ending: "failed", outcome: "left as it was" },
      ],
      { started: 1_700_000_001_000, finished: 1_700_000_002_500, after: [{ run: "A", need: "end" }] },
    );
    const find = jest.fn(() => failed);
    const { call } = await serve({ orchestrator: { find } });
    const { run } = await call<{ run: Run__Output }>("orchestration/GetRun", { run_id: "01K4" });
    expect(find).toHaveBeenCalledWith("01K4");
    expect({ ...run, plan: run.plan?.name }).toEqual({
      id: runId,
      kind: "RUN_KIND_LETSGO",
      ctid: 950,
      name: "llm",
      state: "RUN_STATE_FAILED",
      plan: "llm",
      created_at: { seconds: 1_700_000_000, nanos: 0 },
      started_at: { seconds: 1_700_000_001, nanos: 0 },
      finished_at: { seconds: 1_700_000_002, nanos: 5e8 },
      failure: { reason: "EXIT_CODE", message: "exit code 3", remedy: "look", step: "restore" },
      undo_failure: { reason: "LOCKED", message: "exit code 3", remedy: "look", step: "undo.restore" },
      outcome: "left as it was",
      batch_id: "batch-1",
      after_runs: ["A"],
      platform_ms: 12.5,
      away_ms: 0,
      config_version: 0,
      driver: "sim",
    });
  });

  test("of a run that nobody knows is NOT_FOUND, with the remedy", async () => {
    const find = () => {
      throw new Fault("NOT_FOUND", "there is no run 01K4", "phoenixctl run list");
    };
    const { call, fails } = await serve({ orchestrator: { find } });
    const failed = await fails(call("orchestration/GetRun", { run_id: "01K4" }));
    expect(failed).toMatchObject({ code: status.NOT_FOUND, report: { reason: "NOT_FOUND", remedy: "phoenixctl run list" } });
  });
});

describe("ListRuns", () => {
  test("asks the journal for what was meant, and leaves the plans out", async () => {
    const runs = jest.fn(() => [record()]);
    const { call } = await serve({ journal: { runs } });
    const wanted = { ctid: 950, states: ["RUN_STATE_FAILED", "RUN_STATE_QUEUED"], limit: 7, before_run_id: "01K4" };
    const answer = await call<{ runs: Run__Output[] }>("orchestration/ListRuns", wanted);
    expect(runs).toHaveBeenCalledWith({ ctid: 950, phases: ["failed", "queued"], limit: 7, before: runId });
    expect(answer.runs).toMatchObject([{ id: runId, plan: null }]);
  });

  test("asks for the newest 50 of all when nothing is said", async () => {
    const runs = jest.fn(() => []);
    const { call } = await serve({ journal: { runs } });
    expect(await call("orchestration/ListRuns")).toEqual({ runs: [] });
    expect(runs).toHaveBeenCalledWith({ ctid: null, phases: [], limit: 50, before: null });
  });
});

test("CancelRun finds the run by a part of its id, and gives it as it stands then", async () => {
  const cancel = jest.fn(() => record([{ type: "started" }, { type: "cancel-requested" }]));
  const { call } = await serve({ orchestrator: { cancel } });
  expect(await call("orchestration/CancelRun", { run_id: "AAAA" })).toMatchObject({ run: { id: runId, state: "RUN_STATE_RUNNING" } });
  expect(cancel).toHaveBeenCalledWith(runId);
});
