import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeSync } from "node:fs";
import { Die, err, out } from "./output.ts";

/** Set in the worker of a task. */
const WORKER_VARIABLE = "PHOENIX_PCT_WORKER";

/** True in a worker. */
export function inWorker(): boolean {
  return process.env[WORKER_VARIABLE] !== undefined;
}

/** True for the process id of a worker that is still there. */
export function isWorker(pid: number): boolean {
  const file = `/proc/${pid}/environ`;
  return (
    existsSync(file) &&
    readFileSync(file, "latin1")
      .split("\0")
      .some((entry) => entry.startsWith(`${WORKER_VARIABLE}=`))
  );
}

/**
 * What Proxmox calls fork_worker: the same command line again in a process of its own session, with stderr merged into stdout.
 * It survives the death of pct (section "killed mid-operation"), and holds none of the caller's pipes: its output comes through
 * pct. Over descriptor 3 it says how it ended. `interrupted` is what a worker says that is ended by SIGINT.
 */
export async function forkWorker(interrupted: string): Promise<number> {
  // SIGTERM and SIGINT do not end a pct that waits for its task (section "killed mid-operation").
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  const merged = ["-c", 'exec "$@" 2>&1', "sh", process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, [WORKER_VARIABLE]: "1" };
  const worker = spawn("/bin/sh", merged, { env, detached: true, stdio: ["ignore", "pipe", "inherit", "pipe"] });
  worker.stdout?.on("data", (data: Uint8Array) => out(data));
  let ending = "";
  worker.stdio[3]?.on("data", (data: Uint8Array) => (ending += Buffer.from(data).toString("utf8")));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => worker.on("close", (_code, ended) => resolve(ended)));
  if (ending === "OK") return 0;
  // A worker that was killed says nothing (section "concurrency", stop --overrule-shutdown).
  if (signal === "SIGINT") out(interrupted);
  if (signal !== null || ending === "") err("got unexpected control message:  \n");
  else err(`${ending}\n`);
  return 255;
}

/** Runs a worker's task and tells pct how it ended. */
export function runTask(task: () => void): void {
  let ending = "OK";
  try {
    task();
  } catch (error) {
    const text = error instanceof Die ? error.message : String(error instanceof Error ? error.stack : error);
    // Section "hookscript", pre-start hook fails: an error of a task is made one line.
    ending = text.replaceAll("\n", " ");
  }
  try {
    writeSync(3, ending);
  } catch {
    // pct was killed: nobody is left to be told.
  }
}
