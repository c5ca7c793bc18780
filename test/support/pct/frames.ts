import { writeSync } from "node:fs";

/**
 * The kinds of messages to front.pl, each a letter, a length of four bytes and so much text:
 * "O" stdout, "R" stderr, "E" exit with this code, "X" become another program (its file and argv, NUL between), "T" make a worker for a task (its
 * name, and what is said when it is interrupted). The other way go texts after their length: the call, and then the worker's process id.
 */
export type Kind = "O" | "R" | "E" | "X" | "T";

/** A message as bytes. */
export function frame(kind: Kind, text: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, "latin1");
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

/** Sees messages pass by in pieces of any size, and says whether the last one of a call is among them: after it nothing follows. */
export function endSeen(): (data: Uint8Array) => boolean {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const kind = rest.toString("latin1", 0, 1);
      rest = rest.subarray(5 + rest.readUInt32BE(1));
      if (kind === "E" || kind === "X") return true;
    }
    return false;
  };
}

/** Takes texts after their length out of a stream, one at each call; null at its end. */
export function textsOf(stream: AsyncIterable<Uint8Array>): () => Promise<string | null> {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  return async () => {
    while (rest.length < 4 || rest.length < 4 + rest.readUInt32BE(0)) {
      const { done, value } = await chunks.next();
      if (done === true) return null;
      rest = Buffer.concat([rest, value]);
    }
    const length = rest.readUInt32BE(0);
    const text = rest.toString("utf8", 4, 4 + length);
    rest = rest.subarray(4 + length);
    return text;
  };
}

/** Writes all of it to a descriptor, at once: what follows may take long. */
export function writeAll(fd: number, data: Uint8Array): void {
  let rest = data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
