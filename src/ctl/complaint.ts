import { span, type Line, type Look } from "./render/line.ts";

/** An error on its way to the user: what to say, and the exit code. Anything else that is thrown is a defect. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: number;
  readonly lines: (look: Look) => readonly Line[];

  constructor(exitCode: number, message: string, lines: (look: Look) => readonly Line[]) {
    super(message);
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** An error in a sentence, and below it what may be done, each with a label. */
export function complaint(exitCode: number, message: string, next: readonly (readonly [label: string, text: string])[] = []): Complaint {
  const width = Math.max(0, ...next.map(([label]) => label.length));
  const rows = next.map(([label, text]): Line => [span(`  ${label.padEnd(width)}   `, "dim"), span(text)]);
  return new Complaint(exitCode, message, () => [[span(message)], ...rows]);
}
