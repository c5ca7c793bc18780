import type { Database } from "better-sqlite3";
import { Fault } from "../domain/errors.ts";
import type { Batch, Entry, Journal, Requested, RunRecord } from "../domain/journal.ts";
import type { Plan } from "../domain/plan.ts";
import { hasEnded, type RunId } from "../domain/run.ts";
import { blobTable } from "./blobs.ts";
import { eventTable } from "./events.ts";
import { codeOf, guarded } from "./faults.ts";
import { ledgerTable } from "./ledgers.ts";
import { outputWriter } from "./output.ts";
import { advance, runTable, type StoredRun } from "./runs.ts";

/** The journal in a database; `folder` is for messages. */
export function databaseJournal(database: Database, folder: string): Journal {
  const events = eventTable(database);
  const runs = runTable(database, events);
  const output = outputWriter(events);
  const blobs = blobTable(database);
  const ledgers = ledgerTable(database);
  const insertBatch = database.prepare("INSERT INTO batches (id, request_id, at, config, refused) VALUES (?, ?, ?, ?, ?)");
  const batchOf = database.prepare<[string], { readonly no: number; readonly refused: string }>(
    "SELECT no, refused FROM batches WHERE request_id = ?",
  );
  /** Runs that have not ended, as they are in the database: a run that goes on is not folded anew for each event. */
  const live = new Map<RunId, StoredRun>();

  const safe =
    <A extends readonly unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R =>
      guarded(folder, () => method(...args));
  const inTransaction = <R>(work: () => R): R => database.transaction(work).immediate();

  function keep(run: StoredRun): void {
    if (!hasEnded(run.record.state)) live.set(run.record.id, run);
    else {
      live.delete(run.record.id);
      output.forget(run.no);
    }
  }

  function find(id: RunId): StoredRun | null {
    const run = live.get(id) ?? runs.get(id);
    if (run !== null) keep(run);
    return run;
  }

  function need(id: RunId): StoredRun {
    const run = find(id);
    if (run === null) throw new Fault("NOT_FOUND", `there is no run ${id}`, "phoenixctl run list");
    return run;
  }

  function requested(request_id: string): Requested | null {
    const batch = batchOf.get(request_id);
    if (batch === undefined) return null;
    return { runs: runs.ofBatch(batch.no).map(({ record }) => record), refused: JSON.parse(batch.refused) as Plan[] };
  }

  function create(batch: Batch): readonly RunRecord[] {
    return inTransaction(() => {
      const known = requested(batch.request_id);
      if (known !== null) return known.runs;
      const no = Number(insertBatch.run(batch.id, batch.request_id, batch.at, batch.config, JSON.stringify(batch.refused)).lastInsertRowid);
      blobs.add(no, batch.blobs);
      for (const run of runs.add(no, batch.runs)) events.add(run, batch.at, { type: "created" });
      return runs.ofBatch(no).map(({ record }) => record);
    });
  }

  const append: Journal["append"] = (id, at, happened, done) => {
    const before = need(id);
    const after = happened.reduce((run, event) => advance(run, at, event), before);
    try {
      inTransaction(() => {
        if (after.record.state.phase !== before.record.state.phase) runs.save(after);
        if (done !== undefined) ledgers.record(done.ctid, done.action);
        for (const event of happened) events.add(before.no, at, event);
      });
      keep(after);
    } catch (error) {
      throw codeOf(error) === "SQLITE_CONSTRAINT_UNIQUE" ? busy(after.record) : error;
    }
  };

  function busy({ plan }: RunRecord): Fault {
    const { ctid } = plan.request;
    const holder = runs.holder(ctid);
    return new Fault("BUSY", `run ${holder ?? ""} has container ${ctid}`, `Wait for it: phoenixctl run watch ${holder ?? ""}`, "transient");
  }

  const appendOutput: Journal["appendOutput"] = (id, at, batch) => {
    const before = need(id);
    const { no } = before;
    try {
      inTransaction(() => output.write(no, at, batch));
      keep({ ...before, record: { ...before.record, touched: at } });
    } catch (error) {
      output.forget(no);
      throw error;
    }
  };

  return {
    create: safe(create),
    findRequest: safe(requested),
    append: safe(append),
    appendOutput: safe(appendOutput),
    run: safe((id) => find(id)?.record ?? null),
    findRuns: safe(runs.named),
    runs: safe((filter) => runs.select(filter).map(({ record }) => record)),
    unfinished: safe(() => runs.unfinished().map(({ record }) => record)),
    events: safe((id, from, limit) => {
      const { no } = need(id);
      return events.page(no, from, limit).map((stored): Entry => ({ ...stored, run: id }));
    }),
    story: safe((id) => events.story(need(id).no).map((stored): Entry => ({ ...stored, run: id }))),
    durations: safe(runs.durations),
    stepDurations: safe(runs.stepDurations),
    ledgers: safe(ledgers.all),
    blob: safe(blobs.get),
  };
}
