import type { Clock } from "../domain/clock.ts";
import type { Journal } from "../domain/journal.ts";
import { runKinds, type Plan } from "../domain/plan.ts";
import { apply, hasEnded, type RunEvent, type RunId, type RunState } from "../domain/run.ts";
import type { Tally } from "./tally.ts";

/** A run that has not ended. */
export interface LiveRun {
  readonly plan: Plan;
  readonly state: RunState;
  /** When it was written down, milliseconds since 1970. */
  readonly created: number;
}

/** Counts what is written into a journal, and knows which runs have not ended. */
export interface RunCount {
  /** The same journal; whoever writes into it is counted. */
  readonly counted: (journal: Journal) => Journal;
  readonly live: () => Iterable<LiveRun>;
}

/** Results that are told from the beginning, so that the first of them is seen as a change. */
const awaited = ["succeeded", "failed"] as const;

export function countRuns(tally: Tally): RunCount {
  const live = new Map<RunId, LiveRun>();
  for (const kind of runKinds) for (const result of awaited) tally.add("phoenix_runs_total", { kind, result }, 0);

  const happened = (run: RunId, event: RunEvent) => {
    const before = live.get(run);
    if (before === undefined) return;
    const { plan, state } = before;
    const step = state.current?.step.action.do;
    if (event.type === "finished") tally.add("phoenix_runs_total", { kind: plan.request.kind, result: event.ending }, 1);
    // A step that a cancel strikes before it began took no time.
    if (step !== undefined && event.type === "step-finished") tally.took("phoenix_step_duration_seconds", { step, result: "ok" }, event.ms);
    if (step !== undefined && event.type === "step-failed")
      tally.took("phoenix_step_duration_seconds", { step, result: event.retried ? "retried" : "failed" }, event.ms);
    const after = apply(state, event, plan);
    if (hasEnded(after)) live.delete(run);
    else live.set(run, { ...before, state: after });
  };

  return {
    counted: (journal) => ({
      ...journal,
      create(batch) {
        const records = journal.create(batch);
        // A request that is known may give runs that have ended long since.
        for (const record of records) if (!hasEnded(record.state)) live.set(record.id, record);
        return records;
      },
      append(run, at, events, done) {
        journal.append(run, at, events, done);
        for (const event of events) happened(run, event);
      },
      unfinished() {
        const records = journal.unfinished();
        for (const record of records) live.set(record.id, record);
        return records;
      },
    }),
    live: () => live.values(),
  };
}

/** For how long the oldest of these has been queued, in milliseconds; 0 when none is. */
export function longestWait(runs: Iterable<LiveRun>, clock: Pick<Clock, "now">): number {
  const queued = [...runs].filter(({ state }) => state.phase === "queued").map(({ created }) => clock.now() - created);
  return Math.max(0, ...queued);
}
