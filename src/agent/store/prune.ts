import { setImmediate } from "node:timers/promises";
import type { Database } from "better-sqlite3";

/** How many rows were deleted. */
export interface Pruned {
  readonly runs: number;
  readonly events: number;
  readonly requests: number;
  readonly blobs: number;
  /** Events that were no run's. */
  readonly host_events: number;
}

/** A run may go when it ended before a time, and nothing waits for it that has not ended itself. */
const mayGo = `finished < @before AND no NOT IN (
  SELECT awaited FROM edges JOIN runs AS waiting ON waiting.no = edges.run WHERE waiting.finished IS NULL)`;

/**
 * Deletes what ended before a time (milliseconds since 1970): runs with their events, then requests and contents that neither
 * a run nor a version of the configuration needs any more, then events of the host. In many small transactions, between which
 * everything else gets its turn. A run's output goes first and the
 * rest of it at once, so that what is left after an interruption is still true.
 */
export async function prune(database: Database, before: number): Promise<Pruned> {
  const someRuns = database.prepare<[{ before: number }], number>(`SELECT no FROM runs WHERE ${mayGo} ORDER BY finished LIMIT 20`).pluck();
  const someOutput = database.prepare(
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE output_of IS NOT NULL AND run IN (SELECT value FROM json_each(@numbers)) LIMIT 1000)",
  );
  const theirEvents = database.prepare("DELETE FROM events WHERE run IN (SELECT value FROM json_each(@numbers))");
  const theirRows = database.prepare("DELETE FROM runs WHERE no IN (SELECT value FROM json_each(@numbers))");
  const someRequests = database.prepare(
    "DELETE FROM batches WHERE no IN (SELECT no FROM batches WHERE at < @before AND NOT EXISTS (SELECT 1 FROM runs WHERE batch = batches.no) LIMIT 200)",
  );
  const someBlobs = database.prepare(
    `DELETE FROM blobs WHERE hash IN (SELECT hash FROM blobs
     WHERE NOT EXISTS (SELECT 1 FROM blob_uses WHERE blob_uses.hash = blobs.hash)
     AND NOT EXISTS (SELECT 1 FROM config_files WHERE config_files.hash = blobs.hash) LIMIT 5)`,
  );

  const someHostEvents = database.prepare(
    "DELETE FROM host_events WHERE seq IN (SELECT seq FROM host_events WHERE at < @before LIMIT 1000)",
  );

  /** Repeats a deletion until it finds nothing, and gives how many rows it deleted. */
  async function untilNone(some: () => number): Promise<number> {
    let deleted = 0;
    while (database.open) {
      const count = some();
      if (count === 0) break;
      deleted += count;
      await setImmediate();
    }
    return deleted;
  }

  const rest = database.transaction((numbers: string) => {
    return { events: theirEvents.run({ numbers }).changes, runs: theirRows.run({ numbers }).changes };
  });

  const deleted = { runs: 0, events: 0 };
  while (database.open) {
    const found = someRuns.all({ before });
    if (found.length === 0) break;
    const numbers = JSON.stringify(found);
    deleted.events += await untilNone(() => someOutput.run({ numbers }).changes);
    if (!database.open) break;
    const { events, runs } = rest.immediate(numbers);
    deleted.events += events;
    deleted.runs += runs;
    await setImmediate();
  }
  const requests = await untilNone(() => someRequests.run({ before }).changes);
  const blobs = await untilNone(() => someBlobs.run().changes);
  const host_events = await untilNone(() => someHostEvents.run({ before }).changes);
  return { ...deleted, requests, blobs, host_events };
}
