import * as z from "zod";

/** A path into a document: keys and indexes. */
export type Path = readonly (string | number)[];

/** What a shape found wrong: where, and in words. */
export interface Mismatch {
  readonly path: Path;
  readonly message: string;
  /** Set when the path names a key that should not be there, and not a value. */
  readonly of: "value" | "key";
}

/** A value that has to pass a test; what was expected is told in words ("a whole number from 1 to 64"). */
export function that<T>(expected: string, passes: (value: unknown) => boolean) {
  return z.custom<T>(passes, { error: `expected ${expected}` });
}

/** A whole number, both ends included. */
export function whole(min: number, max: number) {
  const inside = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return that<number>(`a whole number from ${min} to ${max}`, inside);
}

/** A text with something in it, on one line, that passes a test. */
export function text(expected: string, passes: (value: string) => boolean = () => true) {
  return that<string>(expected, (value) => typeof value === "string" && value !== "" && !hasControl(value) && passes(value));
}

/** A shell command, which may have several lines. */
export function command() {
  return that<string>("a command", (value) => typeof value === "string" && value.trim() !== "" && !value.includes("\0"));
}

export function yesNo() {
  return that<boolean>("true or false", (value) => typeof value === "boolean");
}

/** One word of a few. */
export function oneOf<const W extends string>(words: readonly W[]) {
  return that<W>(listed(words, "or"), (value) => words.includes(value as W));
}

export function list<S extends z.ZodType>(of: S, expected: string) {
  return z.array(of, { error: `expected a list of ${expected}` });
}

/** Whether a text has line breaks or other control characters, which would let it reach beyond its place in a file. */
export function hasControl(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

/** "a, b or c". */
export function listed(words: readonly (string | number)[], last: "or" | "and"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** A value as it is told in a message: short, on one line. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  // Of a number that is too large for JSON's reader, its writer makes null.
  if (typeof value === "number" && !Number.isFinite(value)) return Number.isNaN(value) ? "no number" : "a number that is too large";
  const written = JSON.stringify(value) ?? "nothing";
  return written.length > 60 ? `${written.slice(0, 57)}…"` : written; // only a text can be that long
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Everything that a shape has against a value, or the value with its defaults. */
export function fit<S extends z.ZodType>(
  shape: S,
  value: unknown,
): { readonly value: z.output<S> } | { readonly mismatches: readonly Mismatch[] } {
  const result = shape.safeParse(value);
  return result.success ? { value: result.data } : { mismatches: result.error.issues.flatMap((issue) => mismatches(issue, value)) };
}

function mismatches(issue: z.core.$ZodIssue, value: unknown): Mismatch[] {
  const path = issue.path.filter((key) => typeof key !== "symbol");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ path: [...path, key], message: issue.message, of: "key" }));
  return [{ path, message: `${issue.message}, got ${shown(valueAt(value, path))}`, of: "value" }];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}
