import { span, type Line, type Span } from "./line.ts";
import { columns, cut, pad } from "./text.ts";

/** A column: its head, how it is aligned, and whether it gives way when the terminal is too narrow. */
export interface Column {
  readonly head: string;
  readonly align?: "right";
  readonly flexible?: true;
}

/** The least that a flexible column is cut to. */
const least = 8;
const gap = "  ";
/** The least that is worth seeing of a text that is cut. */
const leastText = 24;

/** A table with a head, no wider than `width` as long as its flexible columns can give way. */
export function table(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number): Line[] {
  const head = heads.map((column) => span(column.head, "dim"));
  const lines = [head, ...rows];
  const natural = heads.map((_, index) => Math.max(...lines.map((row) => columns(row[index]?.text ?? ""))));
  const widths = shrink(heads, natural, width);
  return lines.map((row) => row.flatMap((cell, index) => laidOut(cell, index, row.length, widths, heads)));
}

/**
 * The same, where the last column holds remarks: one that is cut says nothing, so on a narrow terminal each gets a row of its
 * own, below this column.
 */
export function tableWithNotes(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number, below = 1): Line[] {
  const whole = table(heads, rows, Infinity);
  if (Math.max(...whole.map(lineColumns)) <= width) return whole;
  const narrow = table(
    heads.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
    width,
  );
  // Each column but the last is followed by a gap.
  const indent = " ".repeat(lineColumns(narrow[0]?.slice(0, below * 2) ?? []));
  return narrow.flatMap((line, index): Line[] => {
    const note = rows[index - 1]?.at(-1);
    return note === undefined || note.text === "" ? [line] : [line, [span(`${indent}└ `, "dim"), note]];
  });
}

/**
 * The same, where the last column holds texts of any length, whose beginnings say the most: they are cut to what the terminal has left
 * for them, and get rows of their own only where that is next to nothing.
 */
export function tableWithTexts(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number): Line[] {
  const others = table(
    heads.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
    Infinity,
  );
  if (width - lineColumns(others[0] ?? []) - gap.length >= leastText) return table(heads, rows, width);
  return tableWithNotes(heads, rows, width).map((line) => {
    const last = line.at(-1);
    return last === undefined ? line : [...line.slice(0, -1), { ...last, text: cut(last.text, width - lineColumns(line.slice(0, -1))) }];
  });
}

function lineColumns(line: Line): number {
  return columns(line.map(({ text }) => text).join(""));
}

function laidOut(cell: Span, index: number, count: number, widths: readonly number[], heads: readonly Column[]): Span[] {
  const width = widths[index] ?? 0;
  const last = index === count - 1;
  const align = heads[index]?.align ?? "left";
  const text = last && align === "left" ? cut(cell.text, width) : pad(cell.text, width, align);
  return last ? [{ ...cell, text }] : [{ ...cell, text }, span(gap)];
}

/** Takes columns from the widest flexible one until all fits. */
function shrink(heads: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widestFlexible(heads, widths);
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function widestFlexible(heads: readonly Column[], widths: readonly number[]): number {
  let found = -1;
  heads.forEach((column, index) => {
    const width = widths[index] ?? 0;
    if (column.flexible && width > least && width > (widths[found] ?? 0)) found = index;
  });
  return found;
}
