import type { RunRecord } from "../domain/journal.ts";
import { toFailure } from "../domain/errors.ts";
import { apply, type Decision, type RunState } from "../domain/run.ts";
import { isoTime } from "../plan/words.ts";
import type { Parts } from "./execute.ts";

/**
 * Takes up a run that an earlier life of the agent has left: ends what that life left behind on the platform, decides about
 * the step that was under way, and journals both. Gives the record as it stands then.
 */
export async function resume(record: RunRecord, { driver, journal, clock, log }: Parts): Promise<RunRecord> {
  const { id, plan, state } = record;
  if (state.phase === "queued") return record;
  await driver.endLeftovers(plan.request.ctid, id).catch((error: unknown) => {
    log.error({ run: id }, `what an earlier life of the agent left could not be cleared away: ${toFailure(error).message}`);
  });
  const { decision, why } = decide(state);
  const event = { type: "resumed", away_since: record.touched, step: state.current?.step.id ?? "", decision, why } as const;
  journal.append(id, clock.now(), event);
  log.warn({ run: id, ctid: plan.request.ctid }, `taken up again, nothing was journaled since ${isoTime(record.touched)}: ${why}`);
  return { ...record, state: apply(state, event, plan) };
}

/** What to do about the step that was under way. Drivers do only what is left to do, so most steps are simply done again. Pure. */
export function decide({ current }: RunState): { readonly decision: Decision; readonly why: string } {
  if (current === null) return { decision: "none", why: "no step was under way" };
  if (current.state === "waiting") return { decision: "repeat", why: `${current.step.title} was about to be tried again` };
  const { title, again } = current.step;
  if (again.length === 0) return { decision: "repeat", why: `${title} was under way; what is left of it is done now` };
  const first = again.map((step) => step.title).join(", ");
  return { decision: "again", why: `${title} was under way; it is done again after: ${first}` };
}
