import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a tool of node_modules/.bin with our own stdin and output; its failure ends the task with one line. */
export async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "inherit" });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (code !== 0) fail(`${command} failed (${signal ?? `exit code ${code}`})`);
}

/** Ends the task with one line, where a stack trace would say less. */
export function fail(message: string): never {
  console.error(`phoenix: ${message}`);
  process.exit(1);
}
