import { isUtf8 } from "node:buffer";
import { structuredPatch } from "diff";

/** What differs between two contents, for people. */
export interface LineDiff {
  /** Hunks of a unified diff; empty for what is not text, is too large, or has too little in common. */
  readonly lines: string;
  /** How many lines were left out at the end. */
  readonly more: number;
}

/** Larger files are not compared line by line. */
const mostBytes = 2 << 20;
/** Files that differ in more lines have nothing in common that is worth looking for. */
const mostEdits = 4000;
/** Lines around a difference. */
const context = 3;

/** The difference of two texts in at most so many lines. null: there is no such file. Pure. */
export function lineDiff(before: Uint8Array | null, after: Uint8Array | null, mostLines: number): LineDiff {
  const [old, now] = [textOf(before), textOf(after)];
  if (old === null || now === null) return { lines: "", more: 0 };
  const patch = structuredPatch("", "", old, now, undefined, undefined, { context, maxEditLength: mostEdits });
  if (patch === undefined) return { lines: "", more: 0 };
  const all = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
  return { lines: all.slice(0, mostLines).join("\n"), more: Math.max(0, all.length - mostLines) };
}

/** null when it is not a text that can be compared. */
function textOf(bytes: Uint8Array | null): string | null {
  if (bytes === null) return "";
  if (bytes.length > mostBytes || !isUtf8(bytes) || bytes.includes(0)) return null;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
