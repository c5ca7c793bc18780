import type { Database } from "better-sqlite3";
import type { RunEvent } from "../domain/run.ts";

export type OutputEvent = Extract<RunEvent, { type: "output" }>;

/** An event of a run, without the run. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: number;
  readonly event: RunEvent;
}

/** What is known of output without reading it. */
export interface OutputSize {
  readonly seq: number;
  readonly bytes: number;
  readonly dropped: number;
}

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly dropped: number;
  readonly body: string;
}

/** The table of events. Runs go by their numbers. */
export function eventTable(database: Database) {
  const insert = database.prepare(
    "INSERT INTO events (run, at, output_of, bytes, dropped, body) VALUES (@no, @at, @step, @bytes, @dropped, @body)",
  );
  const story = database.prepare<[number], Row>(
    "SELECT seq, at, dropped, body FROM events WHERE run = ? AND output_of IS NULL ORDER BY seq",
  );
  const newest = database
    .prepare<[number], number>("SELECT at FROM events INDEXED BY events_of_run WHERE run = ? ORDER BY seq DESC LIMIT 1")
    .pluck();
  const page = database.prepare<[number, number, number], Row>(
    "SELECT seq, at, dropped, body FROM events INDEXED BY events_of_run WHERE run = ? AND seq >= ? ORDER BY seq LIMIT ?",
  );
  const sizes = database.prepare<[number, string], OutputSize>(
    "SELECT seq, bytes, dropped FROM events WHERE run = ? AND output_of = ? ORDER BY seq",
  );
  const remove = database.prepare("DELETE FROM events WHERE run = @no AND output_of = @step AND seq BETWEEN @first AND @last");
  const setDropped = database.prepare("UPDATE events SET dropped = ? WHERE seq = ?");

  return {
    /** Writes an event and gives its seq. */
    add: (no: number, at: number, event: RunEvent): number => {
      const isOutput = event.type === "output";
      const row = {
        no,
        at,
        step: isOutput ? event.step : null,
        bytes: isOutput ? Buffer.byteLength(event.text) : 0,
        dropped: isOutput ? event.dropped : 0,
      };
      return Number(insert.run({ ...row, body: JSON.stringify(event) }).lastInsertRowid);
    },
    /** Everything but output, in order. */
    story: (no: number): readonly StoredEvent[] => story.all(no).map(read),
    /** When the newest event was written. */
    newest: (no: number): number | null => newest.get(no) ?? null,
    page: (no: number, from: number, limit: number): readonly StoredEvent[] => page.all(no, from, limit).map(read),
    /** The sizes of a step's output, in order. */
    sizes: (no: number, step: string): readonly OutputSize[] => sizes.all(no, step),
    /** Deletes a step's output from one seq to another. */
    removeOutput: (no: number, step: string, first: number, last: number): void => void remove.run({ no, step, first, last }),
    /** Writes how many bytes are missing right before an output. */
    setDropped: (seq: number, dropped: number): void => void setDropped.run(dropped, seq),
  };
}

export type EventTable = ReturnType<typeof eventTable>;

function read({ seq, at, dropped, body }: Row): StoredEvent {
  const event = JSON.parse(body) as RunEvent;
  return { seq, at, event: event.type === "output" ? { ...event, dropped } : event };
}
