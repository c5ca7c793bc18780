import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import type { EventBook } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import { connect, databaseFile } from "./database.ts";
import { guarded } from "./faults.ts";
import { hostEventTable } from "./host-events.ts";
import { databaseJournal } from "./journal.ts";
import { versionOf } from "./migrate.ts";
import { migrations } from "./schema.ts";

/** What is in a state folder, to be looked at. An agent may hold it at the same time. */
export interface StoreReport {
  /** Version, sizes in bytes, and rows by table. */
  readonly statistics: () => unknown;
  /** Throws Fault STORE where the database is of another version than this agent's. */
  readonly journal: () => Pick<Journal, "runs" | "story" | "events">;
  readonly events: () => Pick<EventBook, "newest">;
  readonly close: () => void;
}

/** Opens a state folder by a connection that can't write. Throws Fault STORE. */
export function openReport(folder: string): StoreReport {
  return guarded(folder, () => {
    const database = connect(databaseFile(folder), folder, "read");
    return {
      statistics: () => guarded(folder, () => statisticsOf(database, folder)),
      journal: () => guarded(folder, () => databaseJournal(database, folder)),
      events: () => guarded(folder, () => hostEventTable(database, folder)),
      close: () => void database.close(),
    };
  });
}

function statisticsOf(database: Database, folder: string): unknown {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    .pluck()
    .all();
  const rows = tables.map((name) => [name, database.prepare(`SELECT count(*) FROM "${name}"`).pluck().get()] as const);
  const pragma = (name: string) => database.pragma(name, { simple: true });
  const files = readdirSync(folder).filter((name) => name.startsWith("phoenix.db"));
  return {
    version: versionOf(database),
    known_to_this_agent: migrations.length,
    journal_mode: pragma("journal_mode"),
    pages: pragma("page_count"),
    free_pages: pragma("freelist_count"),
    page_bytes: pragma("page_size"),
    files: Object.fromEntries(files.map((name) => [name, statSync(join(folder, name)).size])),
    rows: Object.fromEntries(rows),
  };
}
