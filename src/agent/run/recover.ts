import type { RunRecord } from "../domain/journal.ts";
import { toFailure } from "../domain/errors.ts";
import { apply, type Decision, type RunState } from "../domain/run.ts";
import type { ContainerState } from "../domain/container.ts";
import type { Step } from "../domain/step.ts";
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
  const container = await driver.observe().then(
    ({ containers }) => containers.get(plan.request.ctid) ?? null,
    () => null,
  );
  const { decision, why } = decide(state, container?.state ?? null);
  const event = { type: "resumed", away_since: record.touched, step: state.current?.step.id ?? "", decision, why } as const;
  journal.append(id, clock.now(), event);
  log.warn({ run: id, ctid: plan.request.ctid }, `taken up again, nothing was journaled since ${isoTime(record.touched)}: ${why}`);
  return { ...record, state: apply(state, event, plan) };
}

/**
 * What to do about the step that was under way, or is next. Drivers do only what is left to do, so most steps are simply done
 * again. A container that does not run any more, after the host was down for example, is made ready again for a step that
 * needs it to run. `is` is its state now, null when that is not known. Pure.
 */
export function decide({ current, queue }: RunState, is: ContainerState | null): { readonly decision: Decision; readonly why: string } {
  if (current === null) {
    const [step] = queue;
    const down = step !== undefined && step.again.length > 0 && is !== null && is !== "running";
    if (!down) return { decision: "none", why: "no step was under way" };
    return { decision: "again", why: `${step.title} was next, and the container is ${is}; first: ${titles(step.again)}` };
  }
  if (current.state === "waiting") return { decision: "repeat", why: `${current.step.title} was about to be tried again` };
  const { title, again } = current.step;
  if (again.length === 0) return { decision: "repeat", why: `${title} was under way; what is left of it is done now` };
  return { decision: "again", why: `${title} was under way; it is done again after: ${titles(again)}` };
}

function titles(steps: readonly Step[]): string {
  return steps.map(({ title }) => title).join(", ");
}
