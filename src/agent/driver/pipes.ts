import { closeSync, constants, openSync } from "node:fs";

/** A pipe whose one end goes to a child process (blocking) and whose other end is ours (not blocking). */
export interface Pipe {
  readonly ours: number;
  readonly theirs: number;
}

/** File descriptors that pipes are made at: more than 9 not every sh understands. */
const numbers = [3, 4, 5, 6, 7, 8, 9];

/** A shell makes a pipe for each here-document: these are empty. It says that it has, and stays until it is ended. */
export const holderArgv: readonly string[] = [
  "sh",
  "-c",
  `exec ${numbers.map((number) => `${number}<<E`).join(" ")}\n${numbers.map(() => "E\n").join("")}echo; exec sleep 60`,
];

/**
 * Gives real pipes. The pipes of child_process are sockets, and in a child whose stdout or stderr is a socket
 * `echo … > /dev/stderr` fails: "No such device or address". Node has no pipe(2), and opening a FIFO through /dev/stdin waits for a
 * writer, for ever when that has gone. So a shell makes pipes, and they are opened through /proc, several at a time.
 * `holder` runs holderArgv and resolves when it has said something.
 */
export function pipeMaker(
  holder: () => Promise<{ readonly pid: number; readonly end: () => void }>,
): (direction: "out" | "in") => Promise<Pipe> {
  // Each is open for both directions, so that nobody is taken for gone while it lies here.
  const spare: number[] = [];

  async function refill(): Promise<void> {
    const { pid, end } = await holder();
    try {
      spare.push(...numbers.map((number) => openSync(`/proc/${pid}/fd/${number}`, constants.O_RDWR)));
    } finally {
      end();
    }
  }

  return async (direction) => {
    while (spare.length === 0) await refill();
    const both = spare.pop() ?? -1;
    // Opened anew, because O_NONBLOCK belongs to the open file, and a child wants one that blocks.
    const open = (flags: number) => openSync(`/proc/self/fd/${both}`, flags);
    try {
      return direction === "out"
        ? { ours: open(constants.O_RDONLY | constants.O_NONBLOCK), theirs: open(constants.O_WRONLY) }
        : { ours: open(constants.O_WRONLY | constants.O_NONBLOCK), theirs: open(constants.O_RDONLY) };
    } finally {
      closeSync(both);
    }
  };
}
