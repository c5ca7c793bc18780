import { stripVTControlCharacters } from "node:util";

const ascii = /^[\x20-\x7e]*$/;
const zeroWidth = /^[\p{M}\p{Cf}]$/u;
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
/** What a terminal would obey: control characters, and the marks that turn the direction of writing. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text from elsewhere as one line that a terminal only shows: no escape sequences, no control characters, no line ends. */
export function clean(text: string): string {
  if (ascii.test(text)) return text;
  const line = stripVTControlCharacters(text).replace(/\s*[\r\n]+\s*/g, " ");
  return line.replaceAll("\t", "  ").replace(obeyed, "");
}

/** A line of a script's output as it would stand after its carriage returns: a progress bar shows its latest state. */
export function overwritten(line: string): string {
  const trimmed = line.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

/** How many columns a text takes: wide characters two, marks none. */
export function columns(text: string): number {
  if (ascii.test(text)) return text.length;
  let sum = 0;
  for (const char of text) sum += charColumns(char);
  return sum;
}

/** The text in at most so many columns; what is cut is shown by "…". */
export function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let left = width - 1;
  for (const char of text) {
    left -= charColumns(char);
    if (left < 0) break;
    kept += char;
  }
  return `${kept.trimEnd()}…`;
}

/** The text in exactly so many columns. */
export function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const fitting = cut(text, width);
  const space = " ".repeat(Math.max(0, width - columns(fitting)));
  return align === "left" ? fitting + space : space + fitting;
}

/** Breaks a text into lines of at most so many columns, at spaces where it can. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (columns(longer) <= width || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function charColumns(char: string): number {
  if (ascii.test(char)) return 1;
  if (zeroWidth.test(char)) return 0;
  return wide.test(char) ? 2 : 1;
}
