import { Fault, toFailure } from "../domain/errors.ts";
import type { Ctid } from "../domain/container.ts";
import type { Plan } from "../domain/plan.ts";
import type { Edge, NewRun, RunRecord } from "../domain/journal.ts";
import { apply, hasEnded, type RunId, type RunState } from "../domain/run.ts";
import type { BlobHash } from "../domain/step.ts";
import type { PlannedRun } from "../plan/boot-run.ts";
import type { World } from "../plan/world.ts";
import { execute, isAtBoot, type Execution, type Parts } from "./execute.ts";
import { plansOf } from "./expand.ts";
import type { Orchestrator, Started } from "./orchestrator.ts";
import { createPatience } from "./patience.ts";
import { resume } from "./recover.ts";
import { createSeats } from "./seats.ts";
import { watchRun } from "./watch.ts";

export interface EngineParts extends Omit<Parts, "boot_seats"> {
  /** How many members of a boot may be starting at a time; who waits takes no room. Boots and other runs have room of their own. */
  readonly boot_parallel: number;
  readonly max_parallel: number;
  readonly newId: () => string;
}

/** A queue that could not be seen to is looked at again after so many milliseconds. */
const queuePause = 1000;
/** How many past runs an estimate rests on at most. */
const estimateRuns = 10;

/** The orchestrator over a driver and a journal: decides which runs may go, and lets them. */
export function createOrchestrator(engine: EngineParts): Orchestrator {
  const parts = { ...engine, boot_seats: createSeats(engine.boot_parallel) };
  const { journal, clock, feed, log } = parts;
  /** Runs that have not ended, oldest first. What is in it is in the journal as well. */
  const live = new Map<RunId, RunRecord>();
  const executions = new Map<RunId, Execution>();
  const patience = createPatience(parts);
  let closing = false;

  const launch = (record: RunRecord) => {
    const { id, plan } = record;
    log.info({ run: id, ctid: plan.request.ctid, kind: plan.request.kind }, "run begins");
    const execution = execute(record, parts);
    executions.set(id, execution);
    void execution.ended.then((state) => {
      // One that could not go on, by a defect, keeps its container until the agent's next life.
      if (!hasEnded(state)) return;
      executions.delete(id);
      ended(record, state);
      pump();
    });
  };

  const ended = ({ id, plan }: RunRecord, state: RunState) => {
    live.delete(id);
    const fields = { run: id, ctid: plan.request.ctid, kind: plan.request.kind };
    if (state.failure === null) log.info(fields, `run ${state.phase}: ${state.outcome}`);
    else log.warn(fields, `run ${state.phase} at ${state.failure.step}: ${state.failure.failure.message}. ${state.outcome}`);
  };

  /** Ends a run that never began. */
  const drop = (record: RunRecord, ending: "skipped" | "cancelled", outcome: string) => {
    journal.append(record.id, clock.now(), [{ type: "finished", ending, outcome }]);
    live.delete(record.id);
    feed.notify(record.id);
    log.warn({ run: record.id, ctid: record.plan.request.ctid }, `run ${ending}: ${outcome}`);
  };

  /** Lets every run go that may: its turn has come, nobody has its container, and there is room. */
  const pump = () => {
    try {
      for (const record of live.values()) {
        if (closing) return;
        if (executions.has(record.id)) continue;
        const turn = turnOf(record);
        const { phase, cancel } = record.state;
        if (phase === "queued" && cancel === "requested") drop(record, "cancelled", "It never began. Nothing was changed.");
        else if (turn.is === "lost") drop(record, "skipped", turn.why);
        else if (turn.is === "now" && hasRoom(record) && !isTaken(record)) launch(record);
      }
    } catch (error) {
      log.error({}, `the queue waits until the journal can be written: ${toFailure(error).message}`);
      void patience.pause(queuePause).then(pump);
    }
  };

  const hasRoom = ({ plan }: RunRecord) =>
    isAtBoot(plan) || [...executions.keys()].filter((id) => !isAtBoot(live.get(id)?.plan ?? plan)).length < parts.max_parallel;

  const isTaken = ({ plan }: RunRecord) => [...executions.keys()].some((id) => live.get(id)?.plan.request.ctid === plan.request.ctid);

  const turnOf = ({ after }: RunRecord): { readonly is: "now" | "later" } | { readonly is: "lost"; readonly why: string } => {
    for (const { run, need } of after) {
      const before = need === "end" || live.has(run) ? null : journal.run(run);
      if (before !== null && before.state.phase !== "succeeded") {
        return { is: "lost", why: `It never began: it needs ${before.plan.request.ctid}, whose run ${run} ${before.state.phase}.` };
      }
    }
    return { is: after.some(({ run }) => live.has(run)) ? "later" : "now" };
  };

  /** Plans runs, writes down those that may begin, and sees to them. */
  const begin = async (request_id: string, planned: (world: World) => readonly PlannedRun[]): Promise<Started> => {
    const known = journal.findRequest(request_id);
    if (known !== null) return known;
    if (closing) throw stopping();
    const world = await parts.world();
    if (closing) throw stopping();
    // From here on nothing waits, so that two requests can't both find the container free.
    const again = journal.findRequest(request_id);
    if (again !== null) return again;
    const all = planned(world);
    const refused = all.flatMap(({ plan }) => (plan.blockers.length > 0 ? [plan] : []));
    const able = all.filter(({ plan }) => plan.blockers.length === 0);
    const runs = newRuns(able, [...live.values()], parts.newId);
    if (runs.length === 0) return { runs: [], refused };
    const batch = {
      id: parts.newId(),
      request_id,
      at: clock.now(),
      config: world.config_version,
      runs,
      refused,
      blobs: blobsOf(runs, world.content),
    };
    const records = journal.create(batch);
    for (const record of records) live.set(record.id, record);
    pump();
    return { runs: records, refused };
  };

  const find = (part: string): RunRecord => {
    const ids = journal.findRuns(part);
    const [first] = ids;
    const record = first === undefined || ids.length > 1 ? null : journal.run(first);
    if (ids.length > 1)
      throw new Fault(
        "INVALID",
        `"${part}" is the beginning or end of ${ids.length} runs: ${ids.slice(0, 5).join(", ")}`,
        "give more of the id",
      );
    if (record === null) throw new Fault("NOT_FOUND", `there is no run ${part}`, "phoenixctl run list");
    return record;
  };

  return {
    async plan(wish, targets, world) {
      return plansOf(wish, targets, world ?? (await parts.world()), [...live.values()], "refuse");
    },

    async start(request_id, wish, targets, busy) {
      return begin(request_id, (world) =>
        plansOf(wish, targets, world, [...live.values()], busy).map((plan) => ({
          plan,
          after: plan.after.map((ctid) => ({ ctid, need: "success" })),
        })),
      );
    },

    startPlanned: begin,

    find,

    cancel(run) {
      const record = find(run);
      if (!live.has(record.id)) return record;
      const event = { type: "cancel-requested" } as const;
      journal.append(record.id, clock.now(), [event]);
      live.set(record.id, { ...record, state: apply(record.state, event, record.plan) });
      feed.notify(record.id);
      executions.get(record.id)?.cancel();
      pump();
      return find(record.id);
    },

    watch: (run, from_seq, signal) => watchRun(journal, feed, run, from_seq, signal),

    estimate({ request }) {
      const { kind, ctid } = request;
      const past = journal.durations(kind, ctid, estimateRuns);
      if (past.length === 0) return null;
      const steps = [...journal.stepDurations(kind, ctid, estimateRuns)].map(([step, all]) => [step, median(all)] as const);
      return { ms: median(past), runs: past.length, steps: new Map(steps) };
    },

    async recover() {
      for (const record of journal.unfinished()) live.set(record.id, await resume(record, parts));
      pump();
    },

    async close() {
      closing = true;
      patience.end();
      const under = [...executions.values()];
      for (const execution of under) execution.leave();
      await Promise.all(under.map((execution) => execution.ended));
    },
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function stopping(): Fault {
  return new Fault("SHUTTING_DOWN", "the agent is stopping and takes no new runs", "try again when it is back");
}

/** Runs for plans of one request: each waits for those that it needs, and for whoever has its container now. */
function newRuns(planned: readonly PlannedRun[], live: readonly RunRecord[], newId: () => string): readonly NewRun[] {
  const ids = new Map(planned.map(({ plan }) => [plan.request.ctid, newId()]));
  return planned.map(({ plan, after }) => {
    const { ctid } = plan.request;
    const needs = after.flatMap(({ ctid: other, need }): readonly Edge[] => {
      const run = ids.get(other);
      return run === undefined ? [] : [{ run, need }];
    });
    const queue = touched(plan).flatMap((touches): readonly Edge[] => {
      const holder = live.findLast((record) => record.plan.request.ctid === touches);
      return holder === undefined ? [] : [{ run: holder.id, need: "end" }];
    });
    return { id: ids.get(ctid) ?? newId(), plan, after: [...needs, ...queue] };
  });
}

/** The containers that nobody else may be changing meanwhile. */
function touched({ request }: Plan): readonly Ctid[] {
  return request.kind === "clone" ? [request.ctid, request.source] : [request.ctid];
}

/** The content of everything that the plans refer to. */
function blobsOf(runs: readonly NewRun[], content: (hash: BlobHash) => Uint8Array): ReadonlyMap<BlobHash, Uint8Array> {
  const hashes = runs.flatMap(({ plan }) =>
    plan.steps.flatMap(({ action }) => {
      if (action.do === "feature") return [action.blob];
      return action.do === "application" ? action.files.map(({ blob }) => blob) : [];
    }),
  );
  return new Map([...new Set(hashes)].map((hash) => [hash, content(hash)]));
}
