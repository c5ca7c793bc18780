import { copyFileSync, existsSync, fsyncSync, openSync, closeSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";
import { connect, databaseFile, makeFolder, makePrivate } from "./database.ts";
import { codeOf, guarded } from "./faults.ts";
import { lockFolder } from "./lock.ts";
import { refuseNewer, versionOf } from "./migrate.ts";
import { migrations } from "./schema.ts";

/** Copies of earlier versions that are kept. */
const keptCopies = 3;
const copyName = /^phoenix\.db\.v(\d+)$/;

/**
 * Copies the database before migrations change it, so that an older agent can have it back: phoenix.db.vN holds version N. The
 * newest three are kept. Gives the copy, or null when the file is new or up to date.
 */
export function copyBeforeMigration(database: Database, folder: string, known: number): string | null {
  const version = versionOf(database);
  if (version === 0 || version >= known) return null;
  const copy = join(folder, `phoenix.db.v${version}`);
  copyTo(database, copy);
  const older = readdirSync(folder)
    .flatMap((name) => (copyName.test(name) ? [{ name, version: Number(copyName.exec(name)?.[1]) }] : []))
    .toSorted((a, b) => b.version - a.version)
    .slice(keptCopies);
  for (const { name } of older) rmSync(join(folder, name));
  return copy;
}

/** Writes a consistent copy of an agent's database into a new file. The agent may be running. Throws Fault STORE or INVALID. */
export function backUp(folder: string, file: string): { readonly version: number; readonly bytes: number } {
  const source = databaseFile(folder);
  if (!existsSync(source)) throw new Fault("STORE", `there is no database in ${folder}`, "Is state_dir in agent.yaml the right one?");
  if (existsSync(file)) throw new Fault("INVALID", `${file} is there already, and nothing is overwritten`, "Give the name of a new file.");
  return guarded(folder, () => {
    const database = connect(source, folder, "read");
    try {
      copyElsewhere(database, resolve(file));
      return { version: versionOf(database), bytes: statSync(file).size };
    } finally {
      database.close();
    }
  });
}

/**
 * Puts a copy in place of the database of a folder that no agent uses. The one that was there is kept under the name that is
 * given back; null when there was none. Throws Fault STORE, with everything as it was.
 */
export function restoreFrom(folder: string, file: string): { readonly version: number; readonly kept: string | null } {
  if (!existsSync(file)) throw new Fault("INVALID", `${file} is not there`, "Give the name of a file that phoenix-agent backup has made.");
  const version = examine(file, folder);
  return guarded(folder, () => {
    makeFolder(folder);
    const lock = lockFolder(folder);
    try {
      const target = databaseFile(folder);
      const fresh = `${target}.restored`;
      rmSync(fresh, { force: true });
      makePrivate(fresh);
      copyFileSync(file, fresh);
      sync(fresh);
      const kept = existsSync(target) ? setAside(target, folder) : null;
      for (const side of ["-wal", "-shm"]) rmSync(`${target}${side}`, { force: true });
      renameSync(fresh, target);
      sync(folder);
      return { version, kept };
    } finally {
      lock.release();
    }
  });
}

/**
 * Whether a file can be used at all is found out before anything is touched. What is wrong with it is never said of the agent's own
 * database, whose remedies would lose the history of runs.
 */
function examine(file: string, folder: string): number {
  try {
    const database = connect(file, folder, "read");
    try {
      const found = database.pragma("integrity_check", { simple: true });
      if (found !== "ok") throw new Fault("STORE", `${file} is damaged: ${String(found)}`, "Take another copy.");
      const version = versionOf(database);
      if (version === 0)
        throw new Fault("INVALID", `${file} is no database of an agent`, "Give a file that phoenix-agent backup has made.");
      refuseNewer(database, migrations.length);
      return version;
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault(
      "INVALID",
      `${file} can't be restored, it is no database or a damaged one (${(thrown as Error).message}); the agent's own was not touched`,
      "Give a file that phoenix-agent backup has made.",
    );
  }
}

/** Copies to where somebody has said. Unless it is the database that is damaged, what fails is there, and not in the state folder. */
function copyElsewhere(database: Database, file: string): void {
  try {
    copyTo(database, file);
  } catch (thrown) {
    if (/^SQLITE_(CORRUPT|NOTADB|BUSY|LOCKED)/.test(codeOf(thrown))) throw thrown;
    throw new Fault("STORE", `${file} can't be written (${systemWords(thrown)})`, "Give a name in a folder that is there and has room.");
  }
}

/** With what is still in its log: so it is copied by SQLite, not moved. A damaged one is moved, as it is. */
function setAside(target: string, folder: string): string {
  const kept = `${target}.before-restore`;
  rmSync(kept, { force: true });
  try {
    const database = connect(target, folder, "read");
    try {
      copyTo(database, kept);
    } finally {
      database.close();
    }
  } catch {
    rmSync(kept, { force: true });
    renameSync(target, kept);
  }
  return kept;
}

/** A copy is whole or not there. */
function copyTo(database: Database, file: string): void {
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  makePrivate(partial);
  try {
    database.prepare("VACUUM INTO ?").run(partial);
    sync(partial);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
