import type { Failure } from "./errors.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** A ULID: sorts by the time it was made. */
export type RunId = string;

export type Ending = "succeeded" | "failed" | "cancelled" | "skipped";

/**
 * What becomes of a step that was under way, or is still to come, when the agent went away: it is repeated (drivers do only what
 * is left to do), or what it stands on is made again right before it. "none": no step was under way, and all can go on as it is.
 */
export type Decision = "none" | "repeat" | "again";

/** What happens in a run. Everything that is known of a run follows from these, in order. */
export type RunEvent =
  | { readonly type: "created" }
  | { readonly type: "started" }
  | { readonly type: "step-started"; readonly step: string; readonly attempt: number }
  | {
      readonly type: "output";
      readonly step: string;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
      readonly dropped: number;
    }
  | { readonly type: "note"; readonly step: string; readonly text: string }
  | { readonly type: "step-finished"; readonly step: string; readonly detail: string; readonly ms: number; readonly platform_ms: number }
  | {
      readonly type: "step-failed";
      readonly step: string;
      readonly failure: Failure;
      readonly ms: number;
      readonly platform_ms: number;
      readonly retried: boolean;
    }
  | { readonly type: "resumed"; readonly away_since: number; readonly step: string; readonly decision: Decision; readonly why: string }
  | { readonly type: "cancel-requested" }
  | { readonly type: "finished"; readonly ending: Ending; readonly outcome: string };

/** A run, folded from its events. */
export interface RunState {
  readonly phase: "queued" | "running" | "undoing" | Ending;
  /** What is still to be done, first one first. */
  readonly queue: readonly Step[];
  /** The step that was started and has neither finished nor failed for good; null between steps. */
  readonly current: { readonly step: Step; readonly attempt: number; readonly state: "acting" | "waiting" } | null;
  readonly cancel: "none" | "requested";
  /** The first failure, and what went wrong while the container was brought back. */
  readonly failure: { readonly step: string; readonly failure: Failure } | null;
  readonly undo_failure: { readonly step: string; readonly failure: Failure } | null;
  /** "armed" once a step was started that the undo steps can take back; "used" once they were begun. */
  readonly undo: "unarmed" | "armed" | "used";
  /** True once a step was started that does more than look. */
  readonly touched: boolean;
  readonly outcome: string;
}

/** What is to be done next about a run. */
export type Next =
  | { readonly do: "begin" }
  | { readonly do: "step"; readonly step: Step; readonly attempt: number; readonly wait_s: number }
  | { readonly do: "strike"; readonly step: Step } // a cancel takes effect before this step
  | { readonly do: "finish"; readonly ending: Ending }
  | { readonly do: "nothing" };

/** The state of a run that has just been written down. */
export function initial(plan: Plan): RunState {
  return {
    phase: "queued",
    queue: plan.steps,
    current: null,
    cancel: "none",
    failure: null,
    undo_failure: null,
    undo: "unarmed",
    touched: false,
    outcome: "",
  };
}

/** The state after one more event. The one place that knows what events mean; used live and in recovery. */
export function apply(state: RunState, event: RunEvent, plan: Plan): RunState {
  switch (event.type) {
    case "created":
    case "output":
    case "note":
      return state;
    case "started":
      return { ...state, phase: "running" };
    case "step-started": {
      const step = state.queue[0];
      if (step === undefined || step.id !== event.step) return state;
      const undo = state.undo === "unarmed" && step.if_stopped === "undo" ? "armed" : state.undo;
      const touched = state.touched || step.action.do !== "preflight";
      return { ...state, undo, touched, current: { step, attempt: event.attempt, state: "acting" } };
    }
    case "step-finished":
      return { ...state, current: null, queue: state.queue.slice(1) };
    case "step-failed":
      return event.retried && state.current !== null
        ? { ...state, current: { ...state.current, state: "waiting" } }
        : failed(state, event, plan);
    case "resumed":
      return resumed(state, event);
    case "cancel-requested":
      return { ...state, cancel: "requested" };
    case "finished":
      return { ...state, phase: event.ending, current: null, queue: [], outcome: event.outcome };
  }
}

/** The state after all of these events, from the beginning. */
export function fold(events: Iterable<RunEvent>, plan: Plan): RunState {
  let state = initial(plan);
  for (const event of events) state = apply(state, event, plan);
  return state;
}

/** Whether the run has ended. */
export function hasEnded(state: RunState): boolean {
  return state.phase !== "queued" && state.phase !== "running" && state.phase !== "undoing";
}

/** What is to be done next, given that nothing is being done at the moment. */
export function next(state: RunState): Next {
  if (hasEnded(state)) return { do: "nothing" };
  if (state.phase === "queued") return state.cancel === "requested" ? { do: "finish", ending: "cancelled" } : { do: "begin" };
  const step = state.queue[0];
  if (step === undefined) return { do: "finish", ending: ending(state) };
  if (cancelStrikes(state, step)) return { do: "strike", step };
  const attempt = state.current?.attempt ?? 0;
  return { do: "step", step, attempt: attempt + 1, wait_s: attempt === 0 ? 0 : step.backoff_s };
}

/** Whether a cancel that was asked for ends the run at this step, be it under way or next. */
export function cancelStrikes(state: RunState, step: Step): boolean {
  return state.cancel === "requested" && state.phase === "running" && step.if_stopped !== "commit";
}

function ending(state: RunState): Ending {
  if (state.failure === null) return "succeeded";
  return state.failure.failure.reason === "CANCELLED" ? "cancelled" : "failed";
}

function failed(state: RunState, event: Extract<RunEvent, { type: "step-failed" }>, plan: Plan): RunState {
  const failure = { step: event.step, failure: event.failure };
  if (state.phase === "undoing") return { ...state, current: null, queue: [], undo_failure: failure };
  const base = { ...state, current: null, failure };
  const takeBack = state.undo === "armed" && state.queue[0]?.if_stopped === "undo" && plan.undo.length > 0;
  return takeBack ? { ...base, phase: "undoing", undo: "used", queue: plan.undo } : { ...base, queue: [] };
}

function resumed(state: RunState, { step, decision }: Extract<RunEvent, { type: "resumed" }>): RunState {
  if (decision === "none") return state;
  const at = state.queue.findIndex(({ id }) => id === step);
  const stands = decision === "again" ? (state.queue[at]?.again ?? []) : [];
  return { ...state, current: null, queue: state.queue.toSpliced(at, 0, ...stands) };
}
