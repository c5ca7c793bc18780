import type { OrchestrationServiceHandlers } from "../../../proto/services.ts";
import type { RunRecord } from "../domain/journal.ts";
import type { Plan } from "../domain/plan.ts";
import type { Adapter } from "./adapt.ts";
import { toEvent } from "./convert-event.ts";
import { toPlan } from "./convert-plan.ts";
import { phaseOf, toRun } from "./convert-run.ts";
import { Refusal } from "./errors.ts";
import type { Parts } from "./parts.ts";
import { readSpec } from "./run-spec.ts";
import { complaint, ctidOrAll, demand, limit, requestId, runId, sequence } from "./validate.ts";

/** The kinds that have no call of their own. */
const startable = ["orchestrate", "reconfigure", "letsgo", "clone"] as const;

const usualLimit = 50;
const mostRuns = 1000;

/** OrchestrationService: plans and runs. */
export function orchestration(parts: Parts, { unary, serverStream }: Adapter): OrchestrationServiceHandlers {
  const { orchestrator, journal, driver } = parts;
  const planned = (plan: Plan) => toPlan(plan, orchestrator.estimate(plan));
  const run = (record: RunRecord) => toRun(record, driver.platform, orchestrator.estimate(record.plan));

  return {
    PlanRun: unary(async ({ spec }) => {
      const { wish, targets } = readSpec(spec);
      return { plans: (await orchestrator.plan(wish, targets)).map(planned) };
    }),

    StartRun: unary(async ({ request_id, spec, wait }) => {
      demand(requestId(request_id));
      const { wish, targets } = readSpec(spec, startable);
      const { runs, refused } = await orchestrator.start(request_id, wish, targets, wait ? "queue" : "refuse");
      if (runs.length === 0 && refused.length > 0) throw new Refusal(refused);
      return { runs: runs.map(run), refused: refused.map(planned) };
    }),

    GetRun: unary(({ run_id }) => {
      demand(runId(run_id));
      const record = orchestrator.find(run_id);
      const asItIs = () => run(record);
      return { run: asItIs(), story: journal.story(record.id).map((entry) => toEvent(entry, record.plan, asItIs)) };
    }),

    ListRuns: unary(({ ctid, states, limit: most, before_run_id }) => {
      const unknown = states.find((state) => phaseOf(state) === null);
      demand(
        ctidOrAll(ctid),
        unknown === undefined ? null : complaint("states", "expected states of runs", unknown),
        limit(most, mostRuns),
        before_run_id === "" ? null : runId(before_run_id, "before_run_id"),
      );
      const filter = {
        ctid: ctid === 0 ? null : ctid,
        phases: states.flatMap((state) => phaseOf(state) ?? []),
        limit: most === 0 ? usualLimit : most,
        before: before_run_id === "" ? null : orchestrator.find(before_run_id).id,
      };
      return { runs: journal.runs(filter).map((record) => toRun(record, driver.platform, null, "without plan")) };
    }),

    WatchRun: serverStream(async ({ run_id, from_seq }, { send, signal }) => {
      demand(runId(run_id), sequence(from_seq));
      const { id, plan } = orchestrator.find(run_id);
      for await (const entry of orchestrator.watch(id, from_seq, signal)) {
        await send({ event: toEvent(entry, plan, () => run(orchestrator.find(id))) });
      }
      // The watch ends in silence when it is aborted; the caller must not take that for the end of the run.
      signal.throwIfAborted();
    }),

    CancelRun: unary(({ run_id }) => {
      demand(runId(run_id));
      return { run: run(orchestrator.cancel(orchestrator.find(run_id).id)) };
    }),
  };
}
