import type { Socket } from "node:net";

/** After the program's exit: so long nothing has come while somebody still holds its output. */
const quietMs = 100;
/** More than a pipe (64 KiB) and a read can hold: what comes after so many bytes is not the program's any more. */
const pipeBytes = 256 * 1024;

/** A stream, and who takes its chunks. */
export interface Drained {
  readonly stream: Socket;
  readonly take: (chunk: Uint8Array) => Promise<void> | void;
}

/**
 * Hands over chunks as they come, one after the other; a stream waits while a chunk is being taken. `failed` rejects with
 * what a taker throws. `finish` is called when the program has exited: it resolves when everything that the program wrote is taken, with
 * true when others still hold a stream open, and cut off then. An aborted signal ends it at once.
 */
export function drain(all: readonly Drained[]): {
  readonly failed: Promise<never>;
  readonly finish: (signal: AbortSignal) => Promise<boolean>;
} {
  let busy = 0;
  let bytes = 0;
  let last = performance.now();
  let fail: (thrown: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => {}); // whoever races it sees it
  const ends = all.map(
    ({ stream, take }) =>
      new Promise<void>((resolve) => {
        stream.once("close", resolve);
        stream.on("error", () => stream.destroy());
        stream.on("data", (chunk: Uint8Array) => {
          bytes += chunk.length;
          last = performance.now();
          void taken(stream, () => take(chunk));
        });
      }),
  );

  async function taken(stream: Socket, take: () => Promise<void> | void): Promise<void> {
    try {
      const taking = take();
      if (taking === undefined) return;
      busy += 1;
      stream.pause();
      await taking.finally(() => (busy -= 1));
      last = performance.now();
      stream.resume();
    } catch (thrown) {
      fail(thrown);
    }
  }

  async function finish(signal: AbortSignal): Promise<boolean> {
    const before = bytes;
    const closed = Promise.all(ends).then(() => "closed" as const);
    const late = () => signal.aborted || bytes - before > pipeBytes || (busy === 0 && performance.now() - last > quietMs);
    last = performance.now();
    while ((await Promise.race([closed, failed, tick()])) !== "closed") {
      if (!late()) continue;
      for (const { stream } of all) stream.destroy();
      return true;
    }
    while (busy > 0) await Promise.race([failed, tick()]);
    return false;
  }

  return { failed, finish };
}

function tick(): Promise<"tick"> {
  return new Promise((resolve) => setTimeout(resolve, 10, "tick"));
}
