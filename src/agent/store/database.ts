import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import SQLite, { type Database } from "better-sqlite3";
import { nativeBinding } from "./addon.ts";
import { Fault } from "../domain/errors.ts";
import { storeFault } from "./faults.ts";
import { migrate, refuseNewer, versionOf } from "./migrate.ts";

/** Opens a database file. Whatever goes wrong is thrown as SQLite says it. */
export function connect(file: string, folder: string, mode: "read" | "write"): Database {
  const binding = nativeBinding(folder);
  return new SQLite(file, { timeout: 5000, readonly: mode === "read", ...(binding === undefined ? {} : { nativeBinding: binding }) });
}

/** Makes a folder that nobody else can look into, and the folders above it. One that is there keeps its mode. */
export function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  mkdirSync(dirname(folder), { recursive: true });
  // Not recursively: that reports a file system that can't be written as a folder that is not there.
  mkdirSync(folder, { mode: 0o700 });
}

/** Makes an empty file that nobody else can read; SQLite gives its side files the same mode. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, "a", 0o600));
}

/** The file of the agent's database. */
export function databaseFile(folder: string): string {
  return join(folder, "phoenix.db");
}

/**
 * Opens the agent's database, new or old, and brings it up to date, with a copy of the old one beside it (`copy`, which gives
 * its path). One of a newer version is refused before anything is written.
 */
export function openDatabase(
  folder: string,
  steps: readonly string[],
  copy: (database: Database, folder: string, known: number) => string | null,
): Database {
  const file = databaseFile(folder);
  if (existsSync(file)) askVersion(file, folder, steps.length);
  makePrivate(file);
  const database = connect(file, folder, "write");
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    // What a run printed passes through the log once; it need not stay that large.
    database.pragma("journal_size_limit = 16777216");
    bringUp(database, folder, steps, copy(database, folder, steps.length));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All migrations or none: one that fails has changed nothing, and it is said which agents can still use what is there. */
function bringUp(database: Database, folder: string, steps: readonly string[], copy: string | null): void {
  try {
    database.transaction(() => migrate(database, steps)).immediate();
  } catch (thrown) {
    if (copy === null) throw thrown;
    const { message } = storeFault(folder, thrown);
    const version = versionOf(database);
    throw new Fault(
      "STORE",
      `${databaseFile(folder)} could not be brought from version ${version} to ${steps.length}: ${message}. It was left at version ${version}.`,
      `Install the agent that was here before: it can use it as it is. A copy from before is ${copy}; phoenix-agent restore ${copy} puts it back.`,
    );
  }
}

/** By a connection that can't write, not even what a killed agent left in the log. */
function askVersion(file: string, folder: string, known: number): void {
  const database = connect(file, folder, "read");
  try {
    refuseNewer(database, known);
  } finally {
    database.close();
  }
}
