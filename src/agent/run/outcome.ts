import type { Container, Ctid } from "../domain/container.ts";
import type { Plan } from "../domain/plan.ts";
import type { Ending, RunState } from "../domain/run.ts";
import { finalForm } from "../plan/subject.ts";
import { isoTime, ofTime } from "../plan/words.ts";

/** One sentence, or two: in what state a run has left its container. `container` is what is there now, null for nothing. Pure. */
export function outcomeOf(plan: Plan, state: RunState, ending: Ending, container: Container | null): string {
  if (ending === "succeeded" && plan.request.kind === "autostart") return autostartText(plan.request.ctid, container);
  if (ending === "succeeded") return `${plan.request.ctid} is ${standing(plan, container)}.`;
  if (!state.touched) return "Nothing was changed.";
  if (state.undo_failure !== null) {
    const { step, failure } = state.undo_failure;
    return `Bringing it back failed too, at ${step}: ${failure.message}. The container is ${bare(container)}.`;
  }
  if (state.undo === "used" && plan.request.kind === "restore") return `The container is as it was before, and ${bare(container)}.`;
  if (state.undo === "used" && plan.request.kind === "clone") return "The clone was taken away again; nothing of it is left.";
  if (state.undo === "used") return `The container is back at its last ${back(plan, container)}, and ${bare(container)}.`;
  return `The container is left as it was then: ${bare(container)}.`;
}

function bare(container: Container | null): string {
  return container === null ? "not there" : container.state;
}

function standing(plan: Plan, container: Container | null): string {
  const parts = [bare(container)];
  if (container?.state === "running" && plan.steps.some(({ action }) => action.do === "health")) parts.push("healthy");
  parts.push(...withSnapshot(plan.request));
  const final = container?.snapshots.find(({ name }) => name === finalForm);
  if (final !== undefined && final.created !== null) parts.push(`${finalForm} of ${isoTime(final.created)}`);
  return parts.join(", ");
}

/** What a request about one snapshot has done with it; nothing for any other. */
function withSnapshot(request: Plan["request"]): readonly string[] {
  switch (request.kind) {
    case "snapshot":
      return [`snapshot ${request.snapshot} taken`];
    case "restore":
      return [`back at snapshot ${request.snapshot}`];
    case "delete":
      return [`snapshot ${request.snapshot} deleted`];
    default:
      return [];
  }
}

function autostartText(ctid: Ctid, container: Container | null): string {
  const { onboot, startup } = container?.settings ?? {};
  if (onboot !== "1") return `${ctid} is not started at boot by the platform.`;
  return `${ctid} is started at boot by the platform${startup === undefined ? "" : `, ${startup}`}.`;
}

function back(plan: Plan, container: Container | null): string {
  const restored = plan.undo.flatMap(({ action }) => (action.do === "restore" ? [action.name] : []))[0] ?? finalForm;
  const snapshot = container?.snapshots.find(({ name }) => name === restored);
  return snapshot === undefined ? restored : `${restored} ${ofTime(snapshot)}`.trimEnd();
}
