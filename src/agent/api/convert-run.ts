import { toTimestamp, type Failure__Output, type Run__Output, type RunState__Output } from "../../../proto/index.ts";
import type { RunRecord } from "../domain/journal.ts";
import type { RunState } from "../domain/run.ts";
import { toPlan, type Estimate } from "./convert-plan.ts";
import { kindName } from "./run-spec.ts";

type Phase = RunState["phase"];

/** The phases of a run, by their names in the contract. */
const phases: Readonly<Record<Exclude<RunState__Output, "RUN_STATE_UNSPECIFIED">, Phase>> = {
  RUN_STATE_QUEUED: "queued",
  RUN_STATE_RUNNING: "running",
  RUN_STATE_UNDOING: "undoing",
  RUN_STATE_SUCCEEDED: "succeeded",
  RUN_STATE_FAILED: "failed",
  RUN_STATE_CANCELLED: "cancelled",
  RUN_STATE_SKIPPED: "skipped",
};

/** The phase of this name; null when there is none. */
export function phaseOf(name: string): Phase | null {
  return Object.hasOwn(phases, name) ? phases[name as keyof typeof phases] : null;
}

/** The name that a phase has in the contract. */
export function stateName(phase: Phase): RunState__Output {
  return `RUN_STATE_${phase.toUpperCase() as Uppercase<Phase>}`;
}

/** A run for the caller. Lists leave the plan out, since it is the larger part by far. */
export function toRun(run: RunRecord, driver: string, estimate: Estimate, plan: "with plan" | "without plan" = "with plan"): Run__Output {
  const { request, name } = run.plan;
  return {
    id: run.id,
    kind: kindName(request.kind),
    ctid: request.ctid,
    name,
    state: stateName(run.state.phase),
    plan: plan === "with plan" ? toPlan(run.plan, estimate) : null,
    created_at: toTimestamp(run.created),
    started_at: run.started === null ? null : toTimestamp(run.started),
    finished_at: run.finished === null ? null : toTimestamp(run.finished),
    failure: toStepFailure(run.state.failure),
    undo_failure: toStepFailure(run.state.undo_failure),
    outcome: run.state.outcome,
    batch_id: run.batch,
    after_runs: run.after.map((edge) => edge.run),
    platform_ms: run.platform_ms,
    away_ms: run.away_ms,
    config_version: run.config ?? 0,
    driver,
  };
}

/** A failure of a step for the caller. */
export function toStepFailure(failed: RunState["failure"]): Failure__Output | null {
  if (failed === null) return null;
  const { reason, message, remedy } = failed.failure;
  return { reason, message, remedy, step: failed.step };
}
