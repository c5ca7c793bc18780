import { snapshotNameProblem } from "../domain/container.ts";
import { Fault } from "../domain/errors.ts";

/** What is wrong with one field: its name, what was expected, what came. null: nothing. */
export type Complaint = string | null;

/** Refuses a request for everything that is wrong with it, at once. */
export function demand(...complaints: readonly Complaint[]): void {
  const found = complaints.filter((complaint) => complaint !== null);
  if (found.length > 0) throw new Fault("INVALID", found.join("; "));
}

/** A complaint in the one form that all have. */
export function complaint(field: string, expected: string, got: unknown): string {
  return `${field}: ${expected}, got ${shown(got)}`;
}

export function requestId(value: string): Complaint {
  return /^[\x21-\x7e]{1,64}$/.test(value) ? null : complaint("request_id", "expected 1 to 64 printable characters without spaces", value);
}

export function ctid(value: number, field = "ctid"): Complaint {
  return Number.isInteger(value) && value >= 100 && value <= 999_999_999
    ? null
    : complaint(field, "expected a container's id, 100 to 999999999", value);
}

/** As ctid, or 0 for all. */
export function ctidOrAll(value: number): Complaint {
  return value === 0 ? null : ctid(value);
}

export function snapshotName(value: string, field: string): Complaint {
  const problem = snapshotNameProblem(value);
  return problem === null ? null : complaint(field, problem, value);
}

export function description(value: string): Complaint {
  return lineOf(value, "description", 0, 200);
}

/** One line of so many characters. */
export function lineOf(value: string, field: string, least: number, most: number): Complaint {
  const fits = value.length >= least && value.length <= most && !/[\p{Cc}\u2028\u2029]/u.test(value);
  return fits ? null : complaint(field, `expected one line of ${least === 0 ? "at most" : `${least} to`} ${most} characters`, value);
}

/** So many bytes. */
export function bytesOf(value: Uint8Array, field: string, least: number, most: number): Complaint {
  const fits = value.length >= least && value.length <= most;
  return fits ? null : complaint(field, `expected ${least === most ? least : `${least} to ${most}`} bytes`, value.length);
}

/** A run's id or a part of it; which run that is, the journal knows. */
export function runId(value: string, field = "run_id"): Complaint {
  return /^[0-9A-Za-z]{4,26}$/.test(value)
    ? null
    : complaint(field, "expected a run's id, or 4 characters or more of its beginning or end", value);
}

export function limit(value: number, most: number): Complaint {
  return value <= most ? null : complaint("limit", `expected 1 to ${most}, or 0 for the usual`, value);
}

export function sequence(value: number, field = "from_seq"): Complaint {
  return Number.isSafeInteger(value) && value >= 0 ? null : complaint(field, "expected a sequence number", value);
}

/** What came, for a message: quoted, and cut where it is long. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}… (${text.length} characters)`;
}
