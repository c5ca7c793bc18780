import type { Ctid } from "../domain/container.ts";
import type { Journal, RunRecord } from "../domain/journal.ts";
import { hasEnded } from "../domain/run.ts";

/** What the last health check said; "unknown" when none was made since the container was last started. */
export type Verdict = "unknown" | "healthy" | "unhealthy";

/** So many runs are looked at, newest first. */
const most = 20;

/** Reads a container's health from its runs: the newest one that started it or checked it decides. */
export function lastVerdict(journal: Pick<Journal, "runs">, ctid: Ctid): Verdict {
  for (const record of journal.runs({ ctid, phases: [], limit: most, before: null })) {
    const verdict = verdictOf(record);
    if (verdict !== "says nothing") return verdict;
  }
  return "unknown";
}

/** What one run says about health. Pure. */
export function verdictOf({ plan, state }: RunRecord): Verdict | "says nothing" {
  if (!hasEnded(state)) return "says nothing";
  const done = state.undo === "used" ? plan.undo : plan.steps;
  const checks = done.some(({ action }) => action.do === "health");
  const starts = done.some(({ action }) => action.do === "start" || action.do === "stop" || action.do === "restore");
  const failedStep = state.undo === "used" ? state.undo_failure?.step : state.failure?.step;
  const failed = done.find(({ id }) => id === failedStep);
  if (failed?.action.do === "health") return "unhealthy";
  if (!state.touched || (!checks && !starts)) return "says nothing";
  return checks && failedStep === undefined ? "healthy" : "unknown";
}
