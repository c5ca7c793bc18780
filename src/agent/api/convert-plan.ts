import type { Blocker__Output, Plan__Output, Step__Output } from "../../../proto/index.ts";
import type { Blocker, Plan } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { kindName } from "./run-spec.ts";

/** How long a plan is expected to take. */
export type Estimate = { readonly ms: number; readonly runs: number; readonly steps: ReadonlyMap<string, number> } | null;

/** A plan for the caller. */
export function toPlan(plan: Plan, estimate: Estimate): Plan__Output {
  const reversible = plan.steps.filter(({ if_stopped }) => if_stopped === "undo");
  return {
    kind: kindName(plan.request.kind),
    ctid: plan.request.ctid,
    name: plan.name,
    steps: plan.steps.map((step) => toStep(step, estimate)),
    undo: plan.undo.map((step) => toStep(step, null)),
    reversible_from: reversible.at(0)?.id ?? "",
    reversible_until: reversible.at(-1)?.id ?? "",
    blockers: plan.blockers.map(toBlocker),
    warnings: [...plan.warnings],
    after: [...plan.after],
    estimate_s: (estimate?.ms ?? 0) / 1000,
    estimate_runs: estimate?.runs ?? 0,
    nothing_to_do: plan.blockers.length === 0 && plan.steps.every(({ action }) => action.do === "preflight"),
  };
}

/** A step for the caller: what it does, not how. */
export function toStep({ id, title, detail, timeout_s, attempts, backoff_s }: Step, estimate: Estimate): Step__Output {
  return { id, title, detail, timeout_s, attempts, backoff_s, estimate_s: (estimate?.steps.get(id) ?? 0) / 1000 };
}

/** A reason why not for the caller. */
export function toBlocker({ reason, ctid, message, remedy }: Blocker): Blocker__Output {
  return { reason, ctid, message, remedy };
}
