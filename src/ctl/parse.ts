/** Parsers of arguments. What they throw is said as it is, with exit code 2. */
import { shells, type Shell } from "./completion/scripts.ts";
import { namePattern } from "./fleet/host-name.ts";

const smallest = 100;
const largest = 999_999_999;

/** "abc is not a CTID: …" */
export function notACtid(input: string): string {
  return `${input === "" ? '""' : input} is not a CTID: expected a number from ${smallest} to ${largest}`;
}

/** A container's id. */
export function ctid(input: string): number {
  const number = /^\d{1,9}$/.test(input) ? Number(input) : NaN;
  if (!(number >= smallest && number <= largest)) throw new Error(notACtid(input));
  return number;
}

/** A run's id or a part of it. What is shown as 01K4…7QXZ is taken as its end, which tells runs apart better than the beginning. */
export function runId(input: string): string {
  const part =
    input
      .toUpperCase()
      .split(/…|\.\.\./)
      .at(-1) ?? "";
  if (!/^[0-9A-Z]{4,26}$/.test(part))
    throw new Error(`${input} is not a run: expected its id, or at least 4 characters of its end or beginning; see: phoenixctl run list`);
  return part;
}

/** A snapshot's name; the same rule as the agent's. */
export function snapshotName(input: string): string {
  if (/^[A-Za-z][A-Za-z0-9_-]{1,39}$/.test(input) && input !== "current" && input !== "vzdump") return input;
  throw new Error(
    `"${input}" can't be the name of a snapshot: expected 2 to 40 letters, digits, _ or -, a letter first, and not current or vzdump`,
  );
}

/** The index of a GPU. */
export function gpuIndex(input: string): number {
  if (/^\d{1,3}$/.test(input)) return Number(input);
  throw new Error(`"${input}" is no GPU: expected its index, 0 for the first`);
}

/** A schedule's name; the same rule as the agent's. */
export function scheduleName(input: string): string {
  if (/^[A-Za-z0-9][\w-]{0,62}$/.test(input)) return input;
  throw new Error(`"${input}" can't be the name of a schedule: expected letters, digits, - and _`);
}

/** The name of a host or a group. */
export function hostName(input: string): string {
  if (namePattern.test(input)) return input;
  throw new Error(`"${input}" can't be the name of a host: expected letters, digits, . _ or -, a letter first, 63 at most`);
}

/** NAME=VALUE. */
export function variable(input: string): readonly [name: string, value: string] {
  const at = input.indexOf("=");
  const name = input.slice(0, Math.max(0, at));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${input} is no variable: expected NAME=VALUE`);
  return [name, input.slice(at + 1)];
}

/** The number of a version of the configuration: 7 or v7. */
export function configVersion(input: string): number {
  const match = /^v?([1-9]\d{0,8})$/.exec(input);
  if (match === null) throw new Error(`${input} is no version: expected its number; see: phoenixctl config history`);
  return Number(match[1]);
}

/** One of the shells that can complete. */
export function shell(input: string): Shell {
  const found = shells.find((each) => each === input);
  if (found === undefined) throw new Error(`${input} is no shell that can complete: expected one of ${shells.join(", ")}`);
  return found;
}

const sizes = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A time span in seconds: 90, 90s, 5m, 2h, 2d. */
export function seconds(input: string): number {
  const match = /^(\d{1,6})([smhd]?)$/.exec(input);
  const unit = (match?.[2] || "s") as keyof typeof sizes;
  const value = match ? Number(match[1]) * sizes[unit] : 0;
  if (value < 1) throw new Error(`${input} is no time span: expected seconds, or a number with s, m, h or d, for example 90 or 5m`);
  return value;
}

/** The number of a row. */
export function rowNumber(input: string): number {
  if (!/^[1-9]\d{0,14}$/.test(input)) throw new Error(`${input} is no number of a row: expected 1 or more`);
  return Number(input);
}

/** A mark of the audit: NO:HASH. */
export function auditMark(input: string): { readonly no: number; readonly hash: Uint8Array } {
  const [, no, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(input) ?? [];
  if (no === undefined || hash === undefined) throw new Error(`${input} is no mark: expected what audit verify has printed, NUMBER:HASH`);
  return { no: Number(no), hash: Buffer.from(hash, "hex") };
}
