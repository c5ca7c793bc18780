// Has calls of the stand-in done, by processes that are kept from call to call: starting one takes ten times as long as most calls.
// `server.ts SOCKET` listens there until its stdin is closed; without a socket it serves the one connection that is its stdin.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, Socket } from "node:net";
import { join } from "node:path";
import { endSeen } from "./frames.ts";

const runner = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "runner.ts" : "runner.mjs");
const idle: ChildProcess[] = [];
const busy = new Set<ChildProcess>();
const nothing = (): void => {};

function takeRunner(): ChildProcess {
  const argv = [...process.execArgv, runner];
  // In a group of its own, so that it can be killed together with what it has started.
  const taken = idle.pop() ?? spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"], detached: true });
  taken.stdin?.removeAllListeners("error").on("error", nothing); // one that was killed does not read on
  busy.add(taken);
  return taken;
}

/** Kills a runner in the middle of a call; at least, what it would have done next is not done. */
function kill({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? Number.NaN), "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Serves one call. If nobody is at the other end any more, neither a pct nor a worker of its task, that is the end of the call too. */
function serve(connection: Socket): Promise<void> {
  const taken = takeRunner();
  const { stdin, stdout } = taken;
  if (stdin === null || stdout === null) throw new Error("a runner has pipes");
  const ended = endSeen();
  return new Promise((resolve) => {
    const finish = (): void => {
      stdout.off("data", give).off("close", finish);
      connection.off("data", ask).off("close", giveUp);
      busy.delete(taken);
      connection.resume().end();
      resolve();
    };
    const ask = (data: Uint8Array): void => void stdin.write(data);
    const give = (data: Uint8Array): void => {
      connection.write(data);
      if (!ended(data)) return;
      finish();
      idle.push(taken);
    };
    const giveUp = (): void => {
      kill(taken);
      finish();
    };
    stdout.on("data", give).on("close", finish);
    connection.on("data", ask).on("close", giveUp).on("error", nothing);
  });
}

function end(): never {
  for (const each of [...busy, ...idle]) kill(each);
  process.exit();
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  await serve(new Socket({ fd: 0 }));
  end();
}
createServer((connection) => void serve(connection)).listen(path);
process.stdin.resume().on("close", end);
