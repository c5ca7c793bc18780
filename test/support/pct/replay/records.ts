import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One recorded call of the real pct. What was empty is missing. */
export interface Recorded {
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit_code: number | null;
  readonly note?: string;
  readonly section: string;
}

/** Beside the checkout, since it is no part of it. */
export const recordsFile = join(import.meta.dirname, "../../../../../shared/facts/pct-transcripts.json");

/** All records, in the order in which they were made; empty where the file is missing. */
export function readRecords(): readonly Recorded[] {
  return existsSync(recordsFile) ? (JSON.parse(readFileSync(recordsFile, "utf8")) as Recorded[]) : [];
}
