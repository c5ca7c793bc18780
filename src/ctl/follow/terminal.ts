import type { WriteStream } from "node:tty";
import { columns } from "../render/text.ts";
import { paint, type Line, type Look } from "../render/line.ts";

/** The part of a terminal that is rewritten in place. */
export interface LiveArea {
  /** Puts these lines in the place of the last ones. */
  readonly draw: (lines: readonly Line[], look: Look) => void;
}

/** A live area at the end of what the terminal shows. */
export function liveArea(out: WriteStream): LiveArea {
  let widths: readonly number[] = [];
  let last = "";
  return {
    draw: (lines, look) => {
      // The last column stays free: a full line makes some terminals wrap.
      const fitting = { ...look, width: look.width - 1 };
      const text = lines.map((line) => `${paint(line, fitting)}\n`).join("");
      if (text === last) return;
      out.write(erase(rows(widths, look.width)) + text);
      last = text;
      widths = lines.map((line) => columns(paint(line, { ...fitting, color: false })));
    },
  };
}

/** How many rows lines take now; a terminal that was made narrower since has wrapped them. */
function rows(widths: readonly number[], width: number): number {
  return widths.reduce((sum, each) => sum + Math.max(1, Math.ceil(each / width)), 0);
}

/** Moves up so many rows and clears from there to the end of the screen. */
function erase(count: number): string {
  return count === 0 ? "" : `\x1b[${count}A\r\x1b[J`;
}
