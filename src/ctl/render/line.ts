import { styleText } from "node:util";
import { clean, columns, cut } from "./text.ts";
import { localTimes, type Reader } from "./time.ts";

/** What a piece of text means; the colour follows from it. */
export type Role = "good" | "warn" | "bad" | "dim" | "strong" | "plain";

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly role: Role;
}

/** A line before it is coloured. */
export type Line = readonly Span[];

/** For whom is rendered: when, where, and how wide and high the terminal is. */
export interface Look extends Reader {
  readonly width: number;
  readonly height: number;
  readonly color: boolean;
}

/** A piece of a line; without a role it is plain. */
export function span(text: string, role: Role = "plain"): Span {
  return { text, role };
}

/** Text from the agent or from a script, made safe, with its times in the reader's. */
export function prose(text: string, reader: Reader): string {
  return localTimes(clean(text), reader);
}

/** A line as text, at most so wide, coloured if wanted. */
export function paint(line: Line, look: Pick<Look, "width" | "color">): string {
  const fitting = fit(line, look.width);
  if (!look.color)
    return fitting
      .map(({ text }) => text)
      .join("")
      .trimEnd();
  return fitting
    .map(({ text, role }) => (text.trim() === "" ? text : style(text, role)))
    .join("")
    .trimEnd();
}

const colors = { good: "green", warn: "yellow", bad: "red", dim: "dim", strong: "bold" } as const;

function style(text: string, role: Role): string {
  // Whether colours are wanted was decided before; styleText must not ask the stream again.
  return role === "plain" ? text : styleText(colors[role], text, { validateStream: false });
}

function fit(line: Line, width: number): Line {
  const spans: Span[] = [];
  let left = width;
  for (const each of line) {
    const taken = columns(each.text);
    if (taken > left) return [...spans, { ...each, text: cut(each.text, left) }];
    left -= taken;
    spans.push(each);
  }
  return spans;
}
