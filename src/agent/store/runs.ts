import type { Database } from "better-sqlite3";
import type { Ctid } from "../domain/container.ts";
import type { Edge, Journal, NewRun, RunRecord } from "../domain/journal.ts";
import type { Plan, RunKind } from "../domain/plan.ts";
import { apply, initial, type RunEvent, type RunId } from "../domain/run.ts";
import type { EventTable } from "./events.ts";

/** A run with the number that it has in the database. */
export interface StoredRun {
  readonly no: number;
  readonly record: RunRecord;
  /** When the step that is under way began; null between steps. */
  readonly began: number | null;
}

/** A run after one more event. */
export function advance({ no, record, began }: StoredRun, at: number, event: RunEvent): StoredRun {
  const lost = event.type === "resumed" ? at - (began ?? event.away_since) : 0;
  return {
    no,
    began: beganAfter(began, at, event),
    record: {
      ...record,
      touched: at,
      state: apply(record.state, event, record.plan),
      started: event.type === "started" ? at : record.started,
      finished: event.type === "finished" ? at : record.finished,
      platform_ms: record.platform_ms + ("platform_ms" in event ? event.platform_ms : 0),
      away_ms: record.away_ms + Math.max(0, lost),
    },
  };
}

function beganAfter(began: number | null, at: number, { type }: RunEvent): number | null {
  if (type === "step-started") return at;
  return ["step-finished", "step-failed", "resumed"].includes(type) ? null : began;
}

interface Row {
  readonly no: number;
  readonly id: string;
  readonly batch: string;
  readonly at: number;
  readonly config: number | null;
  readonly plan: string;
}

/** The table of runs, which are folded from their events when they are read. */
export function runTable(database: Database, events: EventTable) {
  const columns = "runs.no, runs.id, batches.id AS batch, batches.at, batches.config, plan";
  const all = `SELECT ${columns} FROM runs JOIN batches ON batches.no = runs.batch`;
  const insert = database.prepare(
    "INSERT INTO runs (id, batch, kind, ctid, phase, plan) VALUES (@id, @batch, @kind, @ctid, 'queued', @plan)",
  );
  const insertEdge = database.prepare(
    "INSERT INTO edges (run, place, awaited, need) VALUES (@run, @place, (SELECT no FROM runs WHERE id = @awaited), @need)",
  );
  const update = database.prepare("UPDATE runs SET phase = @phase, started = @started, finished = @finished WHERE no = @no");
  const byId = database.prepare<[string], Row>(`${all} WHERE runs.id = ?`);
  const ofBatch = database.prepare<[number], Row>(`${all} WHERE runs.batch = ? ORDER BY runs.no`);
  const unfinished = database.prepare<[], Row>(`${all} WHERE phase IN ('queued', 'running', 'undoing') ORDER BY runs.no`);
  const edges = database.prepare<[number], Edge>(
    "SELECT runs.id AS run, need FROM edges JOIN runs ON runs.no = edges.awaited WHERE edges.run = ? ORDER BY place",
  );
  const holder = database.prepare<[Ctid], string>("SELECT id FROM runs WHERE ctid = ? AND phase IN ('running', 'undoing')").pluck();
  // "+no": so that the index of ids is gone through, and not the table with its plans.
  const named = database
    .prepare<[{ part: string }], string>(
      "SELECT id FROM runs WHERE substr(id, 1, length(@part)) = @part OR substr(id, -length(@part)) = @part ORDER BY +no DESC LIMIT 100",
    )
    .pluck();
  const durations = database
    .prepare<[Ctid, string, number], number>(
      // One whose clock was set back meanwhile tells nothing.
      "SELECT finished - started FROM runs WHERE ctid = ? AND kind = ? AND phase = 'succeeded' AND finished >= started ORDER BY no DESC LIMIT ?",
    )
    .pluck();

  // By the indexes runs_of_container and story_of_run.
  const stepDurations = database.prepare<[string, Ctid, number], { readonly step: string; readonly ms: number }>(
    `SELECT body ->> 'step' AS step, body ->> 'ms' AS ms FROM events
     WHERE run IN (SELECT no FROM runs WHERE kind = ? AND ctid = ? AND phase = 'succeeded' ORDER BY no DESC LIMIT ?)
     AND output_of IS NULL AND body ->> 'type' = 'step-finished'`,
  );

  function stored({ no, id, batch, at, config, plan: json }: Row): StoredRun {
    const plan = JSON.parse(json) as Plan;
    const times = { created: at, started: null, finished: null, touched: at, platform_ms: 0, away_ms: 0 };
    const written: StoredRun = {
      no,
      began: null,
      record: { id, batch, config, after: edges.all(no), plan, state: initial(plan), ...times },
    };
    const { record, began } = events.story(no).reduce((run, entry) => advance(run, entry.at, entry.event), written);
    return { no, began, record: { ...record, touched: events.newest(no) ?? at } };
  }

  return {
    /** Writes runs of one batch, none of which has begun, and gives their numbers. They may wait for each other. */
    add: (batch: number, runs: readonly NewRun[]): readonly number[] => {
      const numbers = runs.map(({ id, plan }) => {
        const { kind, ctid } = plan.request;
        return Number(insert.run({ id, batch, kind, ctid, plan: JSON.stringify(plan) }).lastInsertRowid);
      });
      for (const [index, { after }] of runs.entries()) {
        for (const [place, { run, need }] of after.entries()) insertEdge.run({ run: numbers[index], place, awaited: run, need });
      }
      return numbers;
    },
    /** Writes where a run stands now, as far as runs are searched for by it. */
    save: ({ no, record }: StoredRun): void => {
      const { state, started, finished } = record;
      update.run({ no, phase: state.phase, started, finished });
    },
    get: (id: RunId): StoredRun | null => {
      const row = byId.get(id);
      return row === undefined ? null : stored(row);
    },
    ofBatch: (batch: number): readonly StoredRun[] => ofBatch.all(batch).map(stored),
    unfinished: (): readonly StoredRun[] => unfinished.all().map(stored),
    /** Newest first. */
    select: (filter: Parameters<Journal["runs"]>[0]): readonly StoredRun[] => {
      const conditions = [
        ...(filter.ctid === null ? [] : ["ctid = @ctid"]),
        ...(filter.phases.length === 0 ? [] : ["phase IN (SELECT value FROM json_each(@phases))"]),
        ...(filter.before === null ? [] : ["no < (SELECT no FROM runs WHERE id = @before)"]),
      ];
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      // The plans are large: first find out which runs, by the indexes alone.
      const which = `SELECT no FROM runs ${where} ORDER BY no DESC LIMIT @limit`;
      const rows = database.prepare<[Record<string, unknown>], Row>(`${all} WHERE runs.no IN (${which}) ORDER BY runs.no DESC`);
      return rows.all({ ...filter, phases: JSON.stringify(filter.phases) }).map(stored);
    },
    /** Ids that begin or end with a text, newest first, 100 at most. */
    named: (part: string): readonly RunId[] => (part === "" ? [] : named.all({ part: part.toUpperCase() })),
    /** The run that has a container now. */
    holder: (ctid: Ctid): RunId | null => holder.get(ctid) ?? null,
    durations: (kind: RunKind, ctid: Ctid, limit: number): readonly number[] => durations.all(ctid, kind, limit),
    stepDurations: (kind: RunKind, ctid: Ctid, limit: number): ReadonlyMap<string, readonly number[]> => {
      const rows = Map.groupBy(stepDurations.all(kind, ctid, limit), ({ step }) => step);
      return new Map([...rows].map(([step, found]) => [step, found.map(({ ms }) => ms)]));
    },
  };
}
