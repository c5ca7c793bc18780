import type { RunRecord } from "../domain/journal.ts";
import { toFailure } from "../domain/errors.ts";
import { about } from "../domain/log.ts";
import { apply, type Decision, type RunState } from "../domain/run.ts";
import type { ContainerState } from "../domain/container.ts";
import type { Step } from "../domain/step.ts";
import { isoTime } from "../plan/words.ts";
import type { Parts } from "./execute.ts";

/**
 * Takes up a run that an earlier life of the agent has left: ends what that life left behind on the platform, decides about
 * the step that was under way, and journals both. Gives the record as it stands then.
 */
export async function resume(record: RunRecord, { driver, journal, clock, ...parts }: Parts): Promise<RunRecord> {
  const { id, plan, state } = record;
  const log = about(parts.log, { run: id, ctid: plan.request.ctid });
  await driver.endLeftovers(plan.request.ctid, id).catch((error: unknown) => {
    log.error({}, `what an earlier life of the agent left could not be cleared away: ${toFailure(error).message}`);
  });
  const container = await driver.observe().then(
    ({ containers }) => containers.get(plan.request.ctid) ?? null,
    () => null,
  );
  const event = { type: "resumed", away_since: record.touched, ...decide(state, container?.state ?? null) } as const;
  if (state.phase === "queued" && event.decision === "none") return record;
  journal.append(id, clock.now(), [event]);
  log.warn({}, `taken up again, nothing was journaled since ${isoTime(record.touched)}: ${event.why}`);
  return { ...record, state: apply(state, event, plan) };
}

/**
 * What to do about the step that was under way, or about one that is still to come. Drivers do only what is left to do, so most
 * steps are simply done again. A container that does not run any more, after the host was down for example, is made ready
 * again for the first step that needs it to run. `is` is its state now, null when that is not known. Pure.
 */
export function decide(
  { current, queue }: RunState,
  is: ContainerState | null,
): { readonly step: string; readonly decision: Decision; readonly why: string } {
  const under = current?.step ?? null;
  if (under !== null && current?.state === "acting" && under.again.length > 0) {
    const why = `${under.title} was under way; it is done again after: ${titles(under.again)}`;
    return { step: under.id, decision: "again", why };
  }
  const cut = under === null ? "no step was under way" : underWay(under, current?.state === "waiting");
  const orphan = is === null || is === "running" ? null : needsRunning(queue);
  if (orphan !== null) {
    return {
      step: orphan.id,
      decision: "again",
      why: `${cut}; the container is ${is}, so before ${orphan.title}: ${titles(orphan.again)}`,
    };
  }
  return { step: under?.id ?? "", decision: under === null ? "none" : "repeat", why: cut };
}

function underWay({ title }: Step, isWaiting: boolean): string {
  return isWaiting ? `${title} was about to be tried again` : `${title} was under way; what is left of it is done now`;
}

/** The first step that can be done in a running container only, if none before it starts or stops it. */
function needsRunning(queue: readonly Step[]): Step | null {
  for (const step of queue) {
    if (step.again.length > 0) return step;
    if (["create", "start", "stop", "restore"].includes(step.action.do)) return null;
  }
  return null;
}

function titles(steps: readonly Step[]): string {
  return steps.map(({ title }) => title).join(", ");
}
