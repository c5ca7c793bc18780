import type { Database } from "better-sqlite3";
import type { Lease, LeaseBook } from "../domain/lease.ts";
import { guarded } from "./faults.ts";

/** The table of leases; `folder` is for messages. */
export function leaseTable(database: Database, folder: string): LeaseBook {
  const save = database.prepare(
    `INSERT INTO leases (ctid, holder, reason, since, until) VALUES (@ctid, @holder, @reason, @since, @until)
     ON CONFLICT (ctid) DO UPDATE SET holder = excluded.holder, reason = excluded.reason, since = excluded.since, until = excluded.until`,
  );
  const forget = database.prepare("DELETE FROM leases WHERE ctid = ?");
  const forgetOld = database.prepare("DELETE FROM leases WHERE until <= ?");
  const inForce = database.prepare<[number], Lease>("SELECT ctid, holder, reason, since, until FROM leases WHERE until > ? ORDER BY ctid");
  const write = database.transaction((lease: Lease) => {
    forgetOld.run(lease.since);
    save.run(lease);
  });
  return {
    keep: (lease) => guarded(folder, () => write.immediate(lease)),
    drop: (ctid) => guarded(folder, () => void forget.run(ctid)),
    at: (now) => guarded(folder, () => new Map(inForce.all(now).map((lease) => [lease.ctid, lease]))),
  };
}
