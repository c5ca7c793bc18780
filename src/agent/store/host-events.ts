import type { Database } from "better-sqlite3";
import type { Ctid } from "../domain/container.ts";
import { matches, runHappening, type EventBook, type EventFilter, type HostEvent } from "../domain/event.ts";
import type { RunKind } from "../domain/plan.ts";
import type { RunEvent } from "../domain/run.ts";
import { guarded } from "./faults.ts";

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly ctid: Ctid | null;
  readonly run: string | null;
  /** JSON: of an event that was said, kind, level, message and details; of one of a run, the entry of its journal. */
  readonly body: string;
  /** null for an event that was said. */
  readonly run_kind: RunKind | null;
}

/**
 * The table of events that were said, seen together with the entries of runs' journals that the owner of the host wants to
 * know. Both take their seq from one sequence, so that who goes on from one misses nothing of either. `folder` is for messages.
 */
export function hostEventTable(database: Database, folder: string): EventBook {
  // That of the table of events, which SQLite itself goes on from.
  const take = database.prepare<[], number>("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events' RETURNING seq").pluck();
  const last = database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'events'").pluck();
  const insert = database.prepare("INSERT INTO host_events (seq, at, ctid, run, body) VALUES (@seq, @at, @ctid, @run, @body)");
  const write = database.transaction(({ at, ctid, run, ...body }: Omit<HostEvent, "seq">) => {
    insert.run({ seq: take.get(), at, ctid, run, body: JSON.stringify(body) });
  });
  // By the index milestones.
  const both = (condition: string, order: "ASC" | "DESC") =>
    database.prepare<[{ seq: number; ctid: Ctid | null }], Row>(
      `SELECT seq, at, ctid, run, body, NULL AS run_kind FROM host_events
       WHERE seq ${condition} @seq AND (@ctid IS NULL OR ctid = @ctid)
       UNION ALL
       SELECT events.seq, events.at, runs.ctid, runs.id, events.body, runs.kind FROM events JOIN runs ON runs.no = events.run
       WHERE output_of IS NULL AND body ->> 'type' IN ('started', 'resumed', 'finished')
       AND events.seq ${condition} @seq AND (@ctid IS NULL OR runs.ctid = @ctid)
       ORDER BY seq ${order}`,
    );
  const upwards = both(">=", "ASC");
  const downwards = both("<", "DESC");
  const next = () => (last.get() ?? 0) + 1;

  function some(rows: Iterable<Row>, filter: EventFilter, limit: number): HostEvent[] {
    const found: HostEvent[] = [];
    for (const row of rows) {
      const event = read(row);
      if (event !== null && matches(event, filter)) found.push(event);
      if (found.length === limit) break;
    }
    return found;
  }

  return {
    add: (event) => guarded(folder, () => write.immediate(event)),
    from: (seq, filter, limit) =>
      guarded(folder, () => {
        const events = some(upwards.iterate({ seq, ctid: filter.ctid }), filter, limit);
        const full = events.length === limit ? events.at(-1) : undefined;
        return { events, next: full === undefined ? Math.max(seq, next()) : full.seq + 1 };
      }),
    newest: (before, filter, limit) =>
      guarded(folder, () =>
        some(downwards.iterate({ seq: before ?? Number.MAX_SAFE_INTEGER, ctid: filter.ctid }), filter, limit).reverse(),
      ),
    next: () => guarded(folder, next),
  };
}

function read({ body: json, run_kind, ...row }: Row): HostEvent | null {
  const body = JSON.parse(json) as unknown;
  if (run_kind === null) return { ...row, ...(body as Pick<HostEvent, "kind" | "level" | "message" | "details">) };
  const happening = runHappening(run_kind, row.ctid ?? 0, body as RunEvent);
  return happening === null ? null : { ...row, ...happening };
}
