import type { Run__Output as Run, RunEvent__Output as RunEvent, Step__Output as Step } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { overwritten } from "./text.ts";
import { duration } from "./time.ts";
import type { HostName } from "./words.ts";

/** A step as far as it has come. "waiting": it failed and is going to be tried again. */
export interface StepView {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly state: "pending" | "running" | "waiting" | "done" | "failed";
  readonly undo: boolean;
  readonly attempt: number;
  /** When its last attempt began, milliseconds since 1970. */
  readonly began: number;
  readonly ms: number;
  /** What it is expected to take, seconds; 0 when that is not known. */
  readonly estimate_s: number;
}

/** A time in which there was no agent, milliseconds since 1970, and what was decided then. */
export interface Absence {
  readonly since: number;
  readonly until: number;
  readonly decision: string;
}

/** The end of what a step has printed. */
export interface Tail {
  readonly step: string;
  readonly lines: readonly string[];
  /** What came after the last line end. */
  readonly partial: string;
}

/** A run as its events have told it so far. */
export interface RunView {
  /** Where it runs. */
  readonly host: HostName;
  readonly run: Run;
  readonly steps: readonly StepView[];
  readonly tail: Tail;
  readonly notes: readonly string[];
  readonly absences: readonly Absence[];
  readonly cancel: "none" | "requested";
  /** When its first step began, milliseconds since 1970; null before. */
  readonly began: number | null;
  readonly ended: boolean;
}

const keptLines = 20;
const keptPartial = 4096;
const noTail: Tail = { step: "", lines: [], partial: "" };

/** A run of which no event has been seen. */
export function viewOf(run: Run, host: HostName): RunView {
  const steps = (run.plan?.steps ?? []).map((step) => pending(step, false));
  return { host, run, steps, tail: noTail, notes: [], absences: [], cancel: "none", began: null, ended: false };
}

/** The view after one more event. */
export function seen(view: RunView, event: RunEvent): RunView {
  const at = fromTimestamp(event.at) ?? 0;
  if (event.started) return { ...view, began: at, run: { ...view.run, state: "RUN_STATE_RUNNING" } };
  if (event.step_started?.step) {
    const { step, attempt, undo } = event.step_started;
    const begun: StepView = { ...pending(step, undo), state: "running", attempt, began: at };
    const state = undo ? "RUN_STATE_UNDOING" : view.run.state;
    // Undo steps print little; what the failed step said last must stay in sight.
    const tail = undo ? view.tail : { ...noTail, step: step.id };
    return { ...view, began: view.began ?? at, run: { ...view.run, state }, steps: placed(view.steps, begun), tail };
  }
  if (event.step_finished) {
    const { step, detail, duration_ms: ms } = event.step_finished;
    return withStep(view, step, (old) => ({ ...old, state: "done", ms, detail: detail === "" ? old.detail : detail }));
  }
  if (event.step_failed) {
    const { step, failure, duration_ms: ms, retried } = event.step_failed;
    return withStep(view, step, (old) => ({ ...old, state: retried ? "waiting" : "failed", ms, detail: failure?.message ?? "" }));
  }
  if (event.output) return { ...view, tail: printed(view.tail, event.output.step, event.output.text) };
  if (event.note) return { ...view, notes: [...view.notes, event.note.text] };
  if (event.resumed) {
    const absence = { since: fromTimestamp(event.resumed.away_since) ?? at, until: at, decision: event.resumed.decision };
    return { ...view, notes: [...view.notes, awayText(absence)], absences: [...view.absences, absence] };
  }
  if (event.cancel_requested) return { ...view, cancel: "requested" };
  if (event.finished?.run) return { ...view, run: event.finished.run, ended: true };
  return view;
}

/** "the agent was away for 4.0 s and has taken the run up again: start was under way; what is left of it is done now". */
export function awayText({ since, until, decision }: Absence): string {
  return `the agent was away for ${duration((until - since) / 1000)} and has taken the run up again: ${decision}`;
}

/** The step that is under way; undefined between steps. */
export function currentStep(view: RunView): StepView | undefined {
  return view.steps.find(({ state }) => state === "running" || state === "waiting");
}

/** The step that ended the run; undefined when none did. */
export function failedStep(view: RunView): StepView | undefined {
  return view.steps.find(({ state }) => state === "failed");
}

/** The last lines that the step printed, at most so many. */
export function lastLines(tail: Tail, limit: number): string[] {
  const all = [...tail.lines, overwritten(tail.partial)].filter((line) => line.trim() !== "");
  return limit === 0 ? [] : all.slice(-limit);
}

function pending({ id, title, detail, estimate_s }: Step, undo: boolean): StepView {
  return { id, title, detail, undo, estimate_s, state: "pending", attempt: 0, began: 0, ms: 0 };
}

/** Puts a step that begins in its place; one that the plan does not have comes before those that have not begun, an undo step last. */
function placed(steps: readonly StepView[], begun: StepView): StepView[] {
  const known = steps.findIndex(({ id, undo }) => id === begun.id && undo === begun.undo);
  // What it is expected to take is in the plan alone.
  if (known !== -1) return steps.with(known, { ...begun, estimate_s: steps[known]?.estimate_s ?? 0 });
  const index = begun.undo ? -1 : steps.findIndex(({ state }) => state === "pending");
  return index === -1 ? [...steps, begun] : steps.toSpliced(index, 0, begun);
}

function withStep(view: RunView, id: string, change: (step: StepView) => StepView): RunView {
  const index = view.steps.findLastIndex((step) => step.id === id);
  const step = view.steps[index];
  return step === undefined ? view : { ...view, steps: view.steps.with(index, change(step)) };
}

function printed(tail: Tail, step: string, text: string): Tail {
  const old = tail.step === step ? tail : { ...noTail, step };
  const lines = `${old.partial}${text}`.split("\n");
  const partial = lines.pop() ?? "";
  return { step, lines: [...old.lines, ...lines.map(overwritten)].slice(-keptLines), partial: partial.slice(-keptPartial) };
}
