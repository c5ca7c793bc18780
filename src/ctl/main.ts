import { setTimeout as sleep } from "node:timers/promises";
import { phoenixctl } from "./client.ts";
import { exit } from "./exit.ts";

async function main(): Promise<void> {
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      // Whoever read the output has gone: there is nobody left to tell anything.
      if (code === "EPIPE") process.exit(exit.closedOutput);
      if (stream === stdout) stderr.write(`the output can't be written (${message}). A run that has begun goes on: phoenixctl run list\n`);
      process.exit(exit.failed);
    });
  }
  const code = await phoenixctl(process.argv.slice(2), {
    // Opened by who reads it: few do, and it costs every start some milliseconds.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  });
  await Promise.all([stdout, stderr].map(flushed));
  // Not by itself: a call that was given up, or an input that nobody ends, would hold it for long.
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

void main();
