import { spread, type Spread } from "./measure.ts";

export type Unit = "ms" | "MB" | "/s" | "×" | "";

/** A line of a table: what was measured, beside what, and what it should be. */
export interface Row {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: readonly number[];
  readonly beside: { readonly what: string; readonly theirs: readonly number[] } | null;
  /** The median should be at most, or at least, so much; of the ratio where there is one, of our own number otherwise. */
  readonly goal: { readonly at: "most" | "least"; readonly value: number } | null;
  /** What the ratio is taken of, where it is not our number by theirs. */
  readonly ratio?: readonly number[];
}

export interface Section {
  readonly letter: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** What was not measured and why, and what has to be known to read the table. */
  readonly notes: readonly string[];
}

/** Short and long form of a measurement: how often, and how much. */
export interface Size {
  readonly form: "short" | "full";
  readonly pick: <T>(short: T, full: T) => T;
}

export function row(what: string, unit: Unit, ours: readonly number[], more: Partial<Row> = {}): Row {
  return { what, unit, ours, beside: null, goal: null, ...more };
}

/** The table of a section, as Markdown. */
export function markdown({ letter, title, rows, notes }: Section): string {
  const head = ["", "median (8 of 10)", "beside", "median (8 of 10)", "ratio (8 of 10)", "goal", ""];
  const body = rows.map((each) => {
    const ratio = ratioOf(each);
    const judged = ratio ?? spread(each.ours);
    return [
      each.what,
      text(spread(each.ours), each.unit),
      each.beside?.what ?? "",
      each.beside === null ? "" : text(spread(each.beside.theirs), each.unit),
      ratio === null ? "" : text(ratio, "×"),
      goalText(each, ratio === null ? each.unit : "×"),
      each.goal === null ? "" : reached(judged.median, each.goal) ? "reached" : "not reached",
    ];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [line(head), line(head.map((_, at) => (at === 0 || at === 2 ? "---" : "---:"))), ...body.map(line)];
  const told = notes.map((note) => `- ${note}`);
  return [`### ${letter}. ${title}`, "", ...(rows.length > 0 ? [...table, ""] : []), ...(told.length > 0 ? [...told, ""] : [])].join("\n");
}

function ratioOf({ ours, beside, ratio }: Row): Spread | null {
  if (ratio !== undefined) return spread(ratio);
  return beside === null ? null : spread(ours.map((value, at) => value / (beside.theirs[at] ?? Number.NaN)));
}

function goalText({ goal }: Row, unit: Unit): string {
  return goal === null ? "" : `${goal.at === "most" ? "≤" : "≥"} ${withUnit(short(goal.value), unit)}`;
}

function reached(median: number, { at, value }: NonNullable<Row["goal"]>): boolean {
  return at === "most" ? median <= value : median >= value;
}

function text({ median, low, high }: Spread, unit: Unit): string {
  const range = low === high ? "" : ` (${short(low)} – ${short(high)})`;
  return `${withUnit(short(median), unit)}${range}`;
}

function withUnit(number: string, unit: Unit): string {
  return unit === "" ? number : `${number} ${unit}`;
}

/** Three digits are more than any of this is good for. */
function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString("en", { maximumFractionDigits: digits });
}
