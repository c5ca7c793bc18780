import { span, type Line } from "./render/line.ts";

export type Hint = readonly [label: string, text: string];

/** An error on its way to the user: what to say, and the exit code. Anything else that is thrown is a defect. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: number;
  /** What may be done, each with a label. */
  readonly next: readonly Hint[];
  /** The agent's reason; null where it is not the agent that complains. */
  readonly reason: string | null;

  constructor(exitCode: number, message: string, next: readonly Hint[], reason: string | null) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
    this.reason = reason;
  }

  /** A sentence, and below it what may be done. */
  lines(): readonly Line[] {
    const width = Math.max(0, ...this.next.map(([label]) => label.length));
    return [[span(this.message)], ...this.next.map(([label, text]): Line => [span(`  ${label.padEnd(width)}   `, "dim"), span(text)])];
  }
}

/** An error in a sentence, what may be done, and the agent's reason where it has given one. */
export function complaint(exitCode: number, message: string, next: readonly Hint[] = [], reason: string | null = null): Complaint {
  return new Complaint(exitCode, message, next, reason);
}
