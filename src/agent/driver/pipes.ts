import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A pipe whose one end goes to a child process (blocking) and whose other end is ours (not blocking). */
export interface Pipe {
  readonly ours: number;
  readonly theirs: number;
}

const batch = 8;

/**
 * Gives real pipes. The pipes of child_process are sockets, and in a child whose stdout or stderr is a socket
 * `echo … > /dev/stderr` fails: "No such device or address". Node has no pipe(2), so FIFOs are made, opened at both
 * ends and deleted at once, several at a time, since making them costs a process.
 */
export function pipeMaker(mkfifo: (paths: readonly string[]) => Promise<unknown>): (direction: "out" | "in") => Promise<Pipe> {
  // Each is open for both directions: that keeps a FIFO alive without a name, and its open never blocks.
  const spare: number[] = [];

  async function refill(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "phoenix-pipes-"));
    try {
      const paths = Array.from({ length: batch }, (_, index) => join(folder, String(index)));
      await mkfifo(paths);
      spare.push(...paths.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
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
