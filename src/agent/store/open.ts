import type { ConfigBook } from "../domain/config.ts";
import type { BootBook } from "../domain/boot.ts";
import type { AuditBook } from "../domain/audit.ts";
import type { EventBook } from "../domain/event.ts";
import type { IdleBook } from "../domain/gpu.ts";
import type { Journal } from "../domain/journal.ts";
import type { LeaseBook } from "../domain/lease.ts";
import type { ScheduleBook } from "../domain/schedule.ts";
import type { TrustBook } from "../domain/trust.ts";
import { configTable } from "./configs.ts";
import { bootTables } from "./boots.ts";
import { auditTable } from "./audit.ts";
import type { ProtectionBook } from "../domain/protection.ts";
import { guarded, storeFault } from "./faults.ts";
import { idleTable } from "./idle.ts";
import { hostEventTable } from "./host-events.ts";
import { databaseJournal } from "./journal.ts";
import { leaseTable } from "./leases.ts";
import type { NoticeBook } from "../domain/notice.ts";
import { noticeTable } from "./notices.ts";
import { protectionTable } from "./protections.ts";
import { lockFolder } from "./lock.ts";
import { makeFolder, openDatabase } from "./database.ts";
import { copyBeforeMigration } from "./backup.ts";
import { migrations } from "./schema.ts";
import { prune, type Pruned } from "./prune.ts";
import { scheduleTable } from "./schedules.ts";
import { trustTables } from "./trust.ts";

/** The agent's durable memory. */
export interface Store {
  readonly journal: Journal;
  readonly leases: LeaseBook;
  readonly trust: TrustBook;
  readonly audit: AuditBook;
  readonly events: EventBook;
  readonly schedules: ScheduleBook;
  readonly configs: ConfigBook;
  readonly boots: BootBook;
  readonly protections: ProtectionBook;
  readonly idle: IdleBook;
  readonly notices: NoticeBook;
  /** Deletes what ended before a time (milliseconds since 1970), little by little. Throws Fault STORE. */
  readonly prune: (before: number) => Promise<Pruned>;
  /** Writes to the disk, changing nothing. Throws Fault STORE where nothing can be written. */
  readonly probe: () => void;
  /** Closes the database and lets go of the folder. Nothing may be called after it. */
  readonly close: () => void;
}

/**
 * Opens the state folder, which is made when it is not there, and holds it for this process. Throws Fault STORE: when another
 * agent holds it (naming its pid), when it can't be written or is full, when the database is damaged or of a newer version.
 */
export function openStore(folder: string): Store {
  return guarded(folder, () => {
    makeFolder(folder);
    const lock = lockFolder(folder);
    try {
      const database = openDatabase(folder, migrations, copyBeforeMigration);
      return {
        journal: databaseJournal(database, folder),
        leases: leaseTable(database, folder),
        trust: trustTables(database, folder),
        audit: auditTable(database, folder),
        events: hostEventTable(database, folder),
        schedules: scheduleTable(database, folder),
        configs: configTable(database, folder),
        boots: bootTables(database, folder),
        protections: protectionTable(database, folder),
        idle: idleTable(database, folder),
        notices: noticeTable(database, folder),
        prune: (before) => prune(database, before).catch((thrown: unknown) => Promise.reject(storeFault(folder, thrown))),
        probe: () => guarded(folder, () => void database.pragma(`user_version = ${migrations.length}`)),
        close: () => {
          database.close();
          lock.release();
        },
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}
