// How much a Node process keeps alive: its inspector is asked, which it has only when it was begun so.
import { once } from "node:events";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");

/**
 * The command of an agent with an inspector: what is in the executable, which has none, beside the database addon, in a folder that it
 * makes.
 */
export function inspectedAgent(folder: string): readonly [string, ...string[]] {
  const script = join(folder, "lib/phoenix-agent.cjs");
  mkdirSync(join(folder, "lib"), { recursive: true });
  copyFileSync(join(root, ".cache/build/phoenix-agent.cjs"), script);
  symlinkSync(join(root, "node_modules/better-sqlite3/prebuilds"), join(folder, "prebuilds"));
  return [process.execPath, "--inspect=127.0.0.1:0", script];
}

/** The bytes that a process keeps alive in its heap and in buffers, once all garbage is collected. Takes what it has said so far. */
export async function bytesAlive(said: string): Promise<number> {
  const socket = await opened(/ws:\/\/\S+/.exec(said)![0]);
  try {
    // Twice: what the first one finalizes is let go by the second.
    await say(socket, "HeapProfiler.collectGarbage");
    await say(socket, "HeapProfiler.collectGarbage");
    const { heapUsed, arrayBuffers } = (await evaluate(socket, "process.memoryUsage()")) as NodeJS.MemoryUsage;
    return heapUsed + arrayBuffers;
  } finally {
    socket.close();
    await once(socket, "close");
  }
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
}

async function evaluate(socket: WebSocket, expression: string): Promise<unknown> {
  const { result } = (await say(socket, "Runtime.evaluate", { expression, returnByValue: true })) as { result: { value: unknown } };
  return result.value;
}

/** One command of the protocol; nothing else is asked for meanwhile. */
async function say(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  const answered = once(socket, "message");
  socket.send(JSON.stringify({ id: 1, method, params }));
  const [{ data }] = (await answered) as [{ readonly data: string }];
  return (JSON.parse(data) as { result: unknown }).result;
}
