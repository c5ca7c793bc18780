import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { Die, err, out } from "./output.ts";

/** Set in the worker of a task. */
const WORKER_VARIABLE = "PHOENIX_PCT_WORKER";

/** True in a worker. */
export function inWorker(): boolean {
  return process.env[WORKER_VARIABLE] !== undefined;
}

/**
 * What Proxmox calls fork_worker: the same command line again in a process of its own session, with stderr merged into stdout.
 * It survives the death of pct (section "killed mid-operation"), and holds none of the caller's pipes: its output comes through
 * pct. Over descriptor 3 it says how it ended.
 */
export async function forkWorker(argv: readonly string[]): Promise<number> {
  // SIGTERM and SIGINT do not end a pct that waits for its task (section "killed mid-operation").
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  const merged = ["-c", 'exec "$@" 2>&1', "sh", process.execPath, ...process.execArgv, ...process.argv.slice(1, 2), ...argv];
  const env = { ...process.env, [WORKER_VARIABLE]: "1" };
  const worker = spawn("/bin/sh", merged, { env, detached: true, stdio: ["ignore", "pipe", "inherit", "pipe"] });
  worker.stdout?.on("data", (data: Uint8Array) => out(data));
  let ending = "";
  worker.stdio[3]?.on("data", (data: Uint8Array) => (ending += Buffer.from(data).toString("utf8")));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => worker.on("close", (_code, ended) => resolve(ended)));
  if (ending === "OK") return 0;
  // A worker that was killed says nothing (section "concurrency", stop --overrule-shutdown).
  if (signal !== null || ending === "") err("got unexpected control message: \n");
  else err(`${ending}\n`);
  return 255;
}

/** Runs a worker's task and tells pct how it ended. */
export function runTask(task: () => void): void {
  let ending = "OK";
  try {
    task();
  } catch (error) {
    ending = error instanceof Die ? error.message : String(error instanceof Error ? error.stack : error);
  }
  try {
    writeSync(3, ending);
  } catch {
    // pct was killed: nobody is left to be told.
  }
}
