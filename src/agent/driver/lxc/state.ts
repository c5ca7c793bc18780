import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import type { ContainerState, Ctid } from "../../domain/container.ts";
import type { Pool } from "./paths.ts";

/** Commands of LXC's monitor (facts/lxc.md, and lxc_cmd_stop of LXC's source). */
const stop = 2;
const getState = 3;
const getInitPid = 4;
const patienceMs = 2000;
const tries = 100;

/** LXC's numbers, some of which are moments on the way to others. */
const states: readonly ContainerState[] = ["stopped", "starting", "running", "stopping", "stopping", "frozen", "frozen", "running"];

/** The containers of a pool that are not stopped. Spawns nothing. */
export async function awake(pool: Pick<Pool, "path">): Promise<ReadonlySet<Ctid>> {
  const sockets = await readFile("/proc/net/unix", "utf8");
  const start = ` @${pool.path}/`;
  const end = "/command";
  return new Set(
    sockets.split("\n").flatMap((row) => {
      const at = row.indexOf(start);
      return at >= 0 && row.endsWith(end) ? [Number(row.slice(at + start.length, -end.length))] : [];
    }),
  );
}

/** The state of a container. */
export async function stateOf(pool: Pick<Pool, "path">, ctid: Ctid): Promise<ContainerState> {
  const reply = await ask(pool, ctid, getState);
  if (reply === "gone") return "stopped";
  // A monitor that does not answer is on its way up or down.
  return reply === "silent" ? "stopping" : (states[reply] ?? "stopping");
}

/** The host's number of a container's init; null when there is none. */
export async function initPid(pool: Pick<Pool, "path">, ctid: Ctid): Promise<number | null> {
  const reply = await ask(pool, ctid, getInitPid);
  return typeof reply === "number" && reply > 0 ? reply : null;
}

/**
 * Has init killed, as `lxc-stop --kill` does; a frozen container is thawed for it. Resolves when the monitor has gone with it, or
 * has not within two seconds: who needs to know looks at the state.
 */
export async function killInit(pool: Pick<Pool, "path">, ctid: Ctid): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    // There is no answer when it is done: the connection is closed when everything has ended.
    if ((await askOnce(pool, ctid, stop)) !== "refused") return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

type Reply = number | "gone" | "silent" | "refused" | "closed";

/**
 * Asks the monitor, again when it refuses: it wants to see who asks, and does not when the question comes in the moment between its
 * accept and its SO_PASSCRED ("Message denied for '65534/65534'" in its log). Node has no way to send credentials along.
 */
async function ask(pool: Pick<Pool, "path">, ctid: Ctid, command: number): Promise<Exclude<Reply, "refused" | "closed">> {
  for (let left = tries; left > 0; left -= 1) {
    const reply = await askOnce(pool, ctid, command);
    if (reply !== "refused" && reply !== "closed") return reply;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return "silent";
}

/** On its abstract socket: a command as an int32 and zeros, 16 bytes; the answer is the int32 at offset 8, if the one at 0 is 0 (-1: refused). */
function askOnce(pool: Pick<Pool, "path">, ctid: Ctid, command: number): Promise<Reply> {
  return new Promise((resolve) => {
    const request = Buffer.alloc(16);
    request.writeInt32LE(command);
    const socket = createConnection(`\0${pool.path}/${ctid}/command`);
    const timer = setTimeout(() => end("silent"), patienceMs);
    const end = (reply: Reply) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    socket.on("connect", () => socket.write(request));
    socket.on("data", (reply: Buffer) => end(reply.length >= 12 && reply.readInt32LE(0) === 0 ? reply.readInt32LE(8) : "refused"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED" ? "gone" : "closed"));
    socket.on("close", () => end("closed"));
  });
}
