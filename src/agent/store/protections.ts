import type { Database } from "better-sqlite3";
import type { Protection, ProtectionBook } from "../domain/protection.ts";
import { guarded } from "./faults.ts";

/** The table of protected snapshots; `folder` is for messages. */
export function protectionTable(database: Database, folder: string): ProtectionBook {
  const save = database.prepare(
    `INSERT INTO protections (ctid, name, created, since) VALUES (@ctid, @name, @created, @since)
     ON CONFLICT (ctid, name) DO UPDATE SET created = excluded.created, since = excluded.since`,
  );
  const forget = database.prepare("DELETE FROM protections WHERE ctid = ? AND name = ?");
  const all = database.prepare<[], Protection>("SELECT ctid, name, created, since FROM protections ORDER BY ctid, name");
  return {
    keep: (protection) => guarded(folder, () => void save.run(protection)),
    drop: (ctid, name) => guarded(folder, () => void forget.run(ctid, name)),
    all: () => guarded(folder, () => all.all()),
  };
}
