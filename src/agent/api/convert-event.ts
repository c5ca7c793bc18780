import { toTimestamp, type Run__Output, type RunEvent__Output, type Step__Output } from "../../../proto/index.ts";
import type { Entry } from "../domain/journal.ts";
import type { Plan } from "../domain/plan.ts";
import type { RunEvent } from "../domain/run.ts";
import type { Step } from "../domain/step.ts";
import { toStep } from "./convert-plan.ts";
import { toStepFailure } from "./convert-run.ts";

type Happening = Omit<RunEvent__Output, "seq" | "run_id" | "at">;

/** An entry of the journal for the caller. `ended` gives the run as it is now; it is asked only at the end. */
export function toEvent(entry: Entry, plan: Plan, ended: () => Run__Output): RunEvent__Output {
  return { seq: entry.seq, run_id: entry.run, at: toTimestamp(entry.at), ...happening(entry.event, plan, ended) };
}

function happening(event: RunEvent, plan: Plan, ended: () => Run__Output): Happening {
  switch (event.type) {
    case "created":
      return { event: "created", created: {} };
    case "started":
      return { event: "started", started: {} };
    case "step-started":
      return {
        event: "step_started",
        step_started: { step: stepOf(event.step, plan), attempt: event.attempt, undo: plan.undo.some(({ id }) => id === event.step) },
      };
    case "step-finished":
      return { event: "step_finished", step_finished: { step: event.step, detail: event.detail, duration_ms: event.ms } };
    case "step-failed":
      return {
        event: "step_failed",
        step_failed: { step: event.step, failure: toStepFailure(event), duration_ms: event.ms, retried: event.retried },
      };
    case "output": {
      const stream = event.stream === "stdout" ? "OUTPUT_STREAM_STDOUT" : "OUTPUT_STREAM_STDERR";
      return { event: "output", output: { step: event.step, stream, text: event.text, dropped_bytes: event.dropped } };
    }
    case "note":
      return { event: "note", note: { step: event.step, text: event.text } };
    case "resumed":
      return {
        event: "resumed",
        resumed: { away_since: toTimestamp(event.away_since), step: event.step, decision: event.why },
      };
    case "cancel-requested":
      return { event: "cancel_requested", cancel_requested: {} };
    case "finished":
      return { event: "finished", finished: { run: ended() } };
  }
}

/** The step of this id, those that are only done after an interruption included. */
function stepOf(id: string, plan: Plan): Step__Output {
  const found = find(id, [...plan.steps, ...plan.undo]);
  return found === null ? { id, title: id, detail: "", timeout_s: 0, attempts: 1, backoff_s: 0, estimate_s: 0 } : toStep(found, null);
}

function find(id: string, steps: readonly Step[]): Step | null {
  for (const step of steps) {
    const found = step.id === id ? step : find(id, step.again);
    if (found !== null) return found;
  }
  return null;
}
