import { span, type Line } from "./line.ts";

/** At most so many lines: the head and the last ones stay, since what is under way stands at the end. */
export function fitRows(lines: readonly Line[], height: number): readonly Line[] {
  if (lines.length <= height || height < 3) return lines.slice(0, Math.max(1, height));
  const hidden = lines.length - (height - 2) - 1;
  const head = lines.slice(0, 1);
  return [...head, [span(`    … ${hidden + 0} more lines`, "dim")], ...lines.slice(1 + hidden)];
}
