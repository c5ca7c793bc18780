import type { Database } from "better-sqlite3";
import type { Ctid } from "../domain/container.ts";
import { emptyLedger, record, type Ledger, type Ledgers } from "../domain/ledger.ts";
import type { Action } from "../domain/step.ts";

/** The table of what has been applied to containers and their snapshots. */
export function ledgerTable(database: Database) {
  const one = database.prepare<[Ctid], string>("SELECT body FROM ledgers WHERE ctid = ?").pluck();
  const all = database.prepare<[], { ctid: Ctid; body: string }>("SELECT ctid, body FROM ledgers ORDER BY ctid");
  const save = database.prepare("INSERT INTO ledgers (ctid, body) VALUES (?, ?) ON CONFLICT (ctid) DO UPDATE SET body = excluded.body");
  return {
    /** Writes that an action was done to a container. */
    record: (ctid: Ctid, action: Action): void => {
      const body = one.get(ctid);
      const before = body === undefined ? emptyLedger : read(body);
      const after = record(before, action);
      if (after !== before) save.run(ctid, JSON.stringify(after));
    },
    all: (): Ledgers => new Map(all.all().map(({ ctid, body }) => [ctid, read(body)])),
  };
}

function read(body: string): Ledger {
  return JSON.parse(body) as Ledger;
}
