import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";

/** How long another client is waited for, in milliseconds. */
const patience = 10_000;

/**
 * Does some work on a folder while no other client does any on it. The lock is a socket in the kernel's own space of names: it is gone
 * with the process that holds it, however that ends, so it never has to be broken. Throws Complaint when the other one takes too long.
 */
export async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  const name = `\0phoenix-${process.getuid?.() ?? 0}-${hash}`;
  const giveUp = AbortSignal.timeout(patience);
  for (;;) {
    const held = await hold(name);
    if (held !== null) {
      try {
        return await work();
      } finally {
        held.release();
      }
    }
    if (giveUp.aborted)
      throw complaint(exit.failed, `another phoenixctl has been changing ${folder} for ${patience / 1000} s; nothing was changed.`);
    await released(name, giveUp);
  }
}

interface Held {
  readonly release: () => void;
}

/** Takes the name; null when somebody else has it. */
async function hold(name: string): Promise<Held | null> {
  const waiting = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => {});
  });
  server.listen(name);
  try {
    await once(server, "listening");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EADDRINUSE") return null;
    throw thrown;
  }
  return {
    release: () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}

/** Waits until whoever has the name gives it up: connections to it are cut then. */
async function released(name: string, giveUp: AbortSignal): Promise<void> {
  const socket = connect(name);
  socket.on("error", () => {});
  socket.resume();
  const closed = once(socket, "close", { signal: giveUp });
  await closed.catch(() => undefined);
  socket.destroy();
}
