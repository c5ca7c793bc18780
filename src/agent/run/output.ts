import type { Output } from "../driver/driver.ts";

/** One piece of output, as it is journaled. */
export interface Piece {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** Output is written in batches: after so many milliseconds, or as soon as so many characters wait. */
const batchMs = 50;
const batchChars = 256 * 1024;
/** A line that is longer is journaled in parts. */
const longestLine = 16 * 1024;

/** Turns a process's bytes into lines and hands them on in batches. `end` hands on what is left, unfinished lines included. */
export function collectOutput(
  write: (pieces: readonly Piece[]) => void,
): Output & { readonly end: () => void; readonly last: () => string } {
  let pieces: Piece[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | null = null;
  let last = "";

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pieces.length === 0) return;
    const batch = pieces;
    pieces = [];
    size = 0;
    write(batch);
  };
  const add = (stream: "stdout" | "stderr", text: string) => {
    if (text === "") return;
    last = `${last}${text}`.slice(-400);
    pieces.push({ stream, text });
    size += text.length;
    if (size >= batchChars) flush();
    else timer ??= setTimeout(flush, batchMs);
  };
  const stdout = lines((text) => add("stdout", text));
  const stderr = lines((text) => add("stderr", text));
  return {
    stdout: stdout.push,
    stderr: stderr.push,
    end: () => {
      stdout.end();
      stderr.end();
      flush();
    },
    last: () => last.trim().split("\n").at(-1) ?? "",
  };
}

/** Decodes UTF-8 (invalid bytes become U+FFFD) and passes on whole lines. */
function lines(pass: (text: string) => void) {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  return {
    push: (chunk: Uint8Array) => {
      rest += decoder.decode(chunk, { stream: true });
      const end = rest.length > longestLine && !rest.includes("\n") ? rest.length : rest.lastIndexOf("\n") + 1;
      pass(rest.slice(0, end));
      rest = rest.slice(end);
    },
    end: () => {
      pass(rest + decoder.decode());
      rest = "";
    },
  };
}
