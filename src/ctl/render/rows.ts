import { span, type Line } from "./line.ts";

/** A line of a live view, and what it is about: what has been done and what is still to come gives way first. */
export interface Row {
  readonly line: Line;
  readonly about: "done" | "now" | "later";
}

/** At most so many lines: what is to come is left out from its end, then what is done from its beginning, and it is said how much. */
export function fitRows(rows: readonly Row[], height: number): Line[] {
  if (rows.length <= height) return rows.map(({ line }) => line);
  // Each kind that is shortened takes a line to say so.
  const now = rows.filter(({ about }) => about === "now");
  const done = rows.filter(({ about }) => about === "done");
  const later = rows.filter(({ about }) => about === "later");
  const forDone = Math.min(done.length, Math.max(1, height - now.length - Math.min(1, later.length)));
  const forLater = Math.min(later.length, Math.max(1, height - now.length - forDone));
  const shownDone = done.length <= forDone ? done : done.slice(done.length - forDone + 1);
  const shownLater = later.length <= forLater ? later : later.slice(0, forLater - 1);
  const lines = [
    ...left("done", done.length - shownDone.length),
    ...shownDone.map(({ line }) => line),
    ...now.map(({ line }) => line),
    ...shownLater.map(({ line }) => line),
    ...left("to come", later.length - shownLater.length),
  ];
  return lines.slice(0, Math.max(1, height));
}

function left(what: string, count: number): Line[] {
  return count === 0 ? [] : [[span(`    … ${count} more ${what}`, "dim")]];
}
