import type { Batch, Edge, NewRun } from "../../../src/agent/domain/journal.ts";
import type { Plan, RunRequest } from "../../../src/agent/domain/plan.ts";
import type { RunEvent } from "../../../src/agent/domain/run.ts";
import type { Step } from "../../../src/agent/domain/step.ts";

type OutputEvent = Extract<RunEvent, { type: "output" }>;

const step = (id: string, if_stopped: Step["if_stopped"]): Step => ({
  id,
  title: id,
  detail: "",
  action: { do: "start" },
  timeout_s: 60,
  attempts: 1,
  backoff_s: 0,
  if_stopped,
  again: [],
});

/** A plan of two steps and one to undo them. */
export function plan(ctid: number, kind: "start" | "stop" = "start"): Plan {
  const request: RunRequest = kind === "start" ? { ctid, kind } : { ctid, kind, how: "graceful" };
  return {
    request,
    name: `c${ctid}`,
    steps: [step("one", "leave"), step("two", "undo")],
    undo: [step("back", "leave")],
    blockers: [],
    warnings: [],
    after: [],
  };
}

export function newRun(id: string, ctid = 950, after: readonly Edge[] = [], kind: "start" | "stop" = "start"): NewRun {
  return { id, plan: plan(ctid, kind), after };
}

export function batch(id: string, runs: readonly NewRun[], parts: Partial<Batch> = {}): Batch {
  return { id, request_id: `request of ${id}`, at: 1000, config: null, runs, refused: [], blobs: new Map(), ...parts };
}

export const started: RunEvent = { type: "started" };
export const finished: RunEvent = { type: "finished", ending: "succeeded", outcome: "running" };

export const stepStarted = (id: string): RunEvent => ({ type: "step-started", step: id, attempt: 1 });
export const stepFinished = (id: string, platform_ms = 5): RunEvent => ({
  type: "step-finished",
  step: id,
  detail: "",
  ms: 6,
  platform_ms,
});
export const stepFailed = (id: string): RunEvent => ({
  type: "step-failed",
  step: id,
  failure: { reason: "TIMEOUT", message: "m", remedy: "", transient: false },
  ms: 1,
  platform_ms: 2,
  retried: false,
});

export function output(text: string, id = "one", dropped = 0): OutputEvent {
  return { type: "output", step: id, stream: "stdout", text, dropped };
}
