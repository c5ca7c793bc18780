import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";

/** What SQLite's and the system's codes mean here; the first row whose code begins the error's counts. */
const meanings: readonly {
  readonly code: string;
  readonly says: (folder: string) => string;
  readonly remedy: string;
  readonly nature: "final" | "transient";
}[] = [
  ...["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT"].map((code) => ({
    code,
    says: (folder: string) => `no space left in ${folder}`,
    remedy: "Make room there.",
    nature: "transient" as const,
  })),
  ...[
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
    "SQLITE_AUTH",
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOENT",
    "ENOTDIR",
    "EEXIST",
    "EISDIR",
  ].map((code) => ({
    code,
    says: (folder: string) => `${folder} can't be written`,
    remedy: "Give the agent's user the right to write there, or set another state_dir.",
    nature: "final" as const,
  })),
  ...["SQLITE_CORRUPT", "SQLITE_NOTADB"].map((code) => ({
    code,
    says: (folder: string) => `the database in ${folder} is damaged`,
    remedy: `Stop the agent, move phoenix.db away and start it again; containers and snapshots are not touched, the history of runs is lost.`,
    nature: "final" as const,
  })),
  ...["SQLITE_BUSY", "SQLITE_LOCKED"].map((code) => ({
    code,
    says: (folder: string) => `another process holds the database in ${folder}`,
    remedy: "End that process.",
    nature: "transient" as const,
  })),
  { code: "SQLITE_IOERR", says: (folder) => `the disk under ${folder} fails`, remedy: "Look at the kernel's log.", nature: "transient" },
];

/** Takes anything that was thrown while the store was at work, and gives it as a Fault STORE with words; a Fault stays as it is. */
export function storeFault(folder: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const message = textIn(thrown, "message") ?? String(thrown);
  const code = codeOf(thrown);
  const meaning = meanings.find((row) => code.startsWith(row.code));
  if (meaning === undefined) return new Fault("STORE", `the database in ${folder} failed: ${message}`);
  // What is there already, where a folder was to be made, is none.
  const why = code === "EEXIST" ? systemWords({ code: "ENOTDIR" }) : systemWords(thrown);
  return new Fault("STORE", `${meaning.says(folder)} (${why})`, meaning.remedy, meaning.nature);
}

/** Does something, and throws what goes wrong as a Fault STORE. */
export function guarded<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw storeFault(folder, thrown);
  }
}

/** SQLite's or the system's code of an error, "" when it has none. */
export function codeOf(thrown: unknown): string {
  return textIn(thrown, "code") ?? "";
}

/** Not by instanceof: what native code throws may come from another context's Error. */
function textIn(thrown: unknown, key: "code" | "message"): string | null {
  const value: unknown = typeof thrown === "object" && thrown !== null && key in thrown ? (thrown as Record<string, unknown>)[key] : null;
  return typeof value === "string" ? value : null;
}
