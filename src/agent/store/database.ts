import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import SQLite, { type Database } from "better-sqlite3";
import { nativeBinding } from "./addon.ts";
import { migrate, refuseNewer } from "./migrate.ts";
import { migrations } from "./schema.ts";

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

/** Opens the agent's database, new or old, and brings it up to date. One of a newer version is refused before anything is written. */
export function openDatabase(folder: string): Database {
  const file = join(folder, "phoenix.db");
  if (existsSync(file)) askVersion(file, folder);
  makePrivate(file);
  const database = connect(file, folder, "write");
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    // What a run printed passes through the log once; it need not stay that large.
    database.pragma("journal_size_limit = 16777216");
    migrate(database, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** By a connection that can't write, not even what a killed agent left in the log. */
function askVersion(file: string, folder: string): void {
  const database = connect(file, folder, "read");
  try {
    refuseNewer(database, migrations.length);
  } finally {
    database.close();
  }
}
