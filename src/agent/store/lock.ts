import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../domain/errors.ts";
import { codeOf } from "./faults.ts";
import { connect, makePrivate } from "./database.ts";

/** Holds a folder for this process. */
export interface FolderLock {
  readonly release: () => void;
}

/**
 * Takes a state folder for this process alone; a second agent gets a Fault STORE that names the first one's pid. It is a lock
 * of the kernel on a database beside the other one, so that it is gone whenever the process is, however that ends.
 */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, "lock.db");
  const pidFile = join(folder, "agent.pid");
  makePrivate(file);
  const database = connect(file, folder, "write");
  try {
    database.pragma("busy_timeout = 0");
    // Nothing is ever written, so nothing has to be taken back after a crash.
    database.pragma("journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database.close();
    if (!codeOf(error).startsWith("SQLITE_BUSY")) throw error;
    const owner = ownerIn(pidFile);
    throw new Fault("STORE", `another agent ${owner} uses ${folder}`, "Stop it, or give this agent another state_dir.");
  }
  return { release: () => database.close() };
}

/** It may only just have taken the lock, and not have written its pid yet. */
function ownerIn(pidFile: string): string {
  try {
    return `(pid ${readFileSync(pidFile, "utf8").trim()})`;
  } catch {
    return "that is just starting";
  }
}
