import { spawnSync } from "node:child_process";
import { Die } from "./output.ts";

/** Runs a program to its end, with /dev/null as its standard input. */
export function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { status: number | null; stdout: string; stderr: string } {
  const [program = "", ...args] = argv;
  const result = spawnSync(program, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  if (result.error) throw result.error;
  return result;
}

/** Runs a program and dies as Proxmox does when it fails (section "delsnapshot", lost volume snapshot). */
export function runOrDie(argv: readonly string[]): string {
  const { status, stdout, stderr } = run(argv);
  if (status !== 0) throw new Die(`command '${argv.join(" ")}' failed: ${stderr.trim() || `exit code ${status}`}`);
  return stdout;
}

/** Waits until something holds. Never for a time alone: there is always a condition. */
export function waitUntil(holds: () => boolean, timeout_ms: number): boolean {
  const end = Date.now() + timeout_ms;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!holds()) {
    if (Date.now() > end) return false;
    Atomics.wait(cell, 0, 0, 5);
  }
  return true;
}
