import { frame, writeAll, type Kind } from "./frames.ts";

/** A Perl `die` of Proxmox: the text for stderr and the exit code that was recorded with it. */
export class Die extends Error {
  readonly code: number;
  constructor(message: string, code = 255) {
    super(message);
    this.code = code;
  }
}

/** Says that the process that made the call is another program from here on: its file, and its argv. */
export class Become extends Error {
  readonly argv: readonly string[];
  constructor(file: string, ...argv: readonly string[]) {
    super(file);
    this.argv = [file, ...argv];
  }
}

/** Where stderr goes: inside a task that is stdout as well, as in Proxmox's workers. */
let stderr: "R" | "O" = "R";

/** Says whether what is being done is a task from here on. */
export function printAs(what: "call" | "task"): void {
  stderr = what === "task" ? "O" : "R";
}

/** Perl prints a text without characters above 255 as Latin-1 (section "snapshot name test: non ascii"). */
function bytes(text: string | Uint8Array): Uint8Array {
  if (typeof text !== "string") return text;
  return Buffer.from(text, /^[\0-\xff]*$/.test(text) ? "latin1" : "utf8");
}

/** Tells front.pl something (frames.ts). */
export function tell(kind: Kind, text: string | Uint8Array): void {
  writeAll(1, frame(kind, typeof text === "string" ? Buffer.from(text) : text));
}

/** Prints to stdout, as Perl would. */
export function out(text: string | Uint8Array): void {
  tell("O", bytes(text));
}

/** Prints to stderr. */
export function err(text: string | Uint8Array): void {
  tell(stderr, bytes(text));
}
