import { span, type Line, type Span } from "./line.ts";
import { columns, cut, pad, wrap } from "./text.ts";

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

/** A table with a head, no wider than `width`: its flexible columns give way, and where that is not enough, each row gets several lines. */
export function table(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number): Line[] {
  return blocks(heads, rows, width).flat();
}

/** The lines of the head, and those of each row. */
function blocks(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number): Line[][] {
  const head = heads.map((column) => span(column.head, "dim"));
  const lines = [head, ...rows];
  const natural = heads.map((_, index) => Math.max(...lines.map((row) => columns(row[index]?.text ?? ""))));
  const widths = shrink(heads, natural, width);
  const parts = folded(widths, width);
  return lines.map((row) =>
    parts.map(({ from, to }): Line => {
      const cells = row.slice(from, to);
      const laid = cells.flatMap((cell, index) => laidOut(cell, from + index, from + cells.length, widths, heads));
      return from === 0 ? laid : [span(gap), ...laid];
    }),
  );
}

/** Which columns stand together in a line: all, or as many as there is room for, those of further lines behind a gap. */
function folded(widths: readonly number[], width: number): readonly { readonly from: number; readonly to: number }[] {
  const parts: { from: number; to: number }[] = [{ from: 0, to: 0 }];
  let room = width;
  widths.forEach((each, index) => {
    const part = parts.at(-1);
    const needed = part === undefined || part.from === part.to ? each : gap.length + each;
    if (part === undefined || (needed > room && part.from < part.to)) {
      parts.push({ from: index, to: index + 1 });
      room = width - gap.length - each;
    } else {
      part.to = index + 1;
      room -= needed;
    }
  });
  return parts;
}

/**
 * The same, where the last column holds remarks: one that is cut says nothing, so on a narrow terminal each gets a row of its
 * own, below this column.
 */
export function tableWithNotes(heads: readonly Column[], rows: readonly (readonly Span[])[], width: number, below = 1): Line[] {
  return withLast(heads, rows, width, below, wrap);
}

/** What the last column holds is laid out below the others, in the room that is left there, where not all fits side by side. */
function withLast(
  heads: readonly Column[],
  rows: readonly (readonly Span[])[],
  width: number,
  below: number,
  layOut: (text: string, room: number) => readonly string[],
): Line[] {
  const whole = table(heads, rows, Infinity);
  if (Math.max(...whole.map(lineColumns)) <= width) return whole;
  const narrow = blocks(
    heads.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
    width,
  );
  // Each column but the last is followed by a gap.
  const indent = " ".repeat(lineColumns(narrow[0]?.[0]?.slice(0, below * 2) ?? []));
  return narrow.flatMap((lines, index): Line[] => {
    const note = rows[index - 1]?.at(-1);
    if (note === undefined || note.text === "") return lines;
    const texts = layOut(note.text, width - indent.length - 2);
    return [...lines, ...texts.map((text, row): Line => [span(`${indent}${row === 0 ? "└ " : "  "}`, "dim"), { ...note, text }])];
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
  return withLast(heads, rows, width, 1, (text, room) => [cut(text, room)]);
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
