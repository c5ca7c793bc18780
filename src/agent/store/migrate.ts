import type { Database } from "better-sqlite3";
import { Fault } from "../domain/errors.ts";

/** The version of a database: how many migrations it has seen. */
export function versionOf(database: Database): number {
  return database.pragma("user_version", { simple: true }) as number;
}

/** Throws Fault STORE when the database is of a newer Phoenix, which this one would damage. */
export function refuseNewer(database: Database, known: number): void {
  const version = versionOf(database);
  if (version <= known) return;
  throw new Fault(
    "STORE",
    `${database.name} has version ${version}, and this agent knows versions up to ${known}: a newer agent has written it. It was not changed.`,
    `Start the newer agent again, or go back to a copy: phoenix-agent restore with the newest of ${database.name}.v1 to .v${known} that is there.`,
  );
}

/** Brings a database up to date. Each migration happens whole or not at all. */
export function migrate(database: Database, migrations: readonly string[]): void {
  refuseNewer(database, migrations.length);
  for (const [index, sql] of migrations.entries()) {
    const step = database.transaction(() => {
      // Asked again under the lock: somebody else may just have done it.
      if (versionOf(database) > index) return;
      database.exec(sql);
      database.pragma(`user_version = ${index + 1}`);
    });
    step.immediate();
  }
}
