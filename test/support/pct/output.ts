import { writeSync } from "node:fs";

/** A Perl `die` of Proxmox: the text for stderr and the exit code that was recorded with it. */
export class Die extends Error {
  readonly code: number;
  constructor(message: string, code = 255) {
    super(message);
    this.code = code;
  }
}

/** Perl prints a text without characters above 255 as Latin-1 (section "snapshot name test: non ascii"). */
function bytes(text: string): Buffer {
  return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, "latin1") : Buffer.from(text, "utf8");
}

function write(fd: number, data: Uint8Array): void {
  let rest = data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") continue;
      // A worker outlives its pct (section "killed mid-operation"), so nobody may be there to read.
      if (code === "EPIPE") return;
      throw error;
    }
  }
}

/** Prints to stdout, as Perl would. */
export function out(text: string | Uint8Array): void {
  write(1, typeof text === "string" ? bytes(text) : text);
}

/** Prints to stderr; inside a task that is stdout as well (task.ts). */
export function err(text: string): void {
  write(2, bytes(text));
}
