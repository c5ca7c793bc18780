import type { Entry, RunRecord } from "../../../src/agent/domain/journal.ts";
import type { Plan, RunRequest } from "../../../src/agent/domain/plan.ts";
import { fold, type RunEvent } from "../../../src/agent/domain/run.ts";
import type { Step } from "../../../src/agent/domain/step.ts";

export const runId = "01K4AAAAAAAAAAAAAAAAAAAAAA";

export function step(id: string, over: Partial<Step> = {}): Step {
  return {
    id,
    title: `${id}!`,
    detail: `why ${id}`,
    action: { do: "start" },
    timeout_s: 60,
    attempts: 3,
    backoff_s: 2,
    if_stopped: "leave",
    again: [],
    ...over,
  };
}

const letsgo: RunRequest = { ctid: 950, kind: "letsgo", on_failure: "manifest", newer: "keep" };

export function plan(over: Partial<Plan> = {}): Plan {
  const request = over.request ?? letsgo;
  return {
    request,
    name: "llm",
    steps: [
      step("preflight", { action: { do: "preflight" } }),
      step("restore", { if_stopped: "undo" }),
      step("start", { if_stopped: "undo" }),
    ],
    undo: [step("undo.restore")],
    blockers: [],
    warnings: [],
    after: [],
    ...over,
  };
}

/** A run as these events have left it. */
export function record(events: readonly RunEvent[] = [{ type: "created" }], over: Partial<RunRecord> = {}): RunRecord {
  const planned = over.plan ?? plan();
  return {
    id: runId,
    config: null,
    batch: "batch-1",
    after: [],
    plan: planned,
    state: fold(events, planned),
    created: 1_700_000_000_000,
    started: null,
    finished: null,
    touched: 1_700_000_000_000,
    platform_ms: 12.5,
    away_ms: 0,
    ...over,
  };
}

export function entry(seq: number, event: RunEvent): Entry {
  return { seq, run: runId, at: 1_700_000_000_000 + seq, event };
}
