import { readFileSync } from "node:fs";
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

const file = join(import.meta.dirname, "../../../golden/pct-transcripts.json");

/** Calls of the real pct 8.4, in the order in which they were made. */
export const records = JSON.parse(readFileSync(file, "utf8")) as readonly Recorded[];
