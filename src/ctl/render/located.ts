import { span, type Line, type Look } from "./line.ts";
import type { Column } from "./table.ts";
import { clean, columns, pad } from "./text.ts";
import { duration } from "./time.ts";
import type { HostName } from "./words.ts";

/** Something of a host. */
export interface Located<T> {
  readonly host: HostName;
  readonly item: T;
}

/** A host that did not answer: why, in a few words, and after how many milliseconds that was known. */
export interface Silent {
  readonly host: string;
  readonly what: "unreachable" | "failed";
  readonly why: string;
  readonly ms: number;
}

/** The column of hosts, wide enough for those without rows too. */
export function hostColumn(silent: readonly Silent[]): Column {
  return { head: pad("HOST", hostColumns(silent)) };
}

/** Below the table: the hosts that have no rows, and why. */
export function silentLines(silent: readonly Silent[], rows: readonly Located<unknown>[], label: (host: HostName) => string): Line[] {
  const width = Math.max(hostColumns(silent), ...rows.map(({ host }) => columns(label(host))));
  return silent.map(({ host, what, why, ms }) => [
    span(`${pad(clean(host), width)}  `),
    span("   -  ", "dim"),
    span(`${what}: ${clean(why)}, ${duration(ms / 1000)}`, "bad"),
  ]);
}

/** "waiting for pve3, pve7": those that have not answered yet. */
export function waitingLine(waiting: readonly string[], all: number): Line[] {
  if (waiting.length === 0) return [];
  const text =
    waiting.length > 3 ? `${all - waiting.length} of ${all} hosts have answered` : `waiting for ${waiting.map(clean).join(", ")}`;
  return [span(text, "dim")].map((each) => [each]);
}

/** As many of the lines as there is room for above the last ones. */
export function cutTo(lines: readonly Line[], foot: readonly Line[], { height }: Pick<Look, "height">): Line[] {
  const room = Math.max(1, height - 1 - foot.length);
  if (lines.length <= room) return [...lines, ...foot];
  return [...lines.slice(0, room - 1), [span(`… ${lines.length - room + 1} more`, "dim")], ...foot];
}

function hostColumns(silent: readonly Silent[]): number {
  return Math.max(4, ...silent.map(({ host }) => columns(clean(host))));
}
