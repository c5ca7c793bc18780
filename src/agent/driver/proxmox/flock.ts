import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault } from "../../domain/errors.ts";
import { checkAbort, run, toolEnv } from "../process.ts";

/** As long as pct waits itself (facts/proxmox.md, "Locks"). */
const patience = 10;

/**
 * Does something while a file is locked with flock(2), which Node has not. A `flock` of util-linux locks it for us: the lock belongs to the
 * open file, which is ours, and goes when we close it or die. Fault CONFIG_LOCK_TIMEOUT, transient, when somebody else holds it for too long;
 * abortFault when aborted while waiting. The work itself is not cut off.
 */
export async function withLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  checkAbort(signal);
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, "a");
  try {
    await lock(file, handle.fd, signal);
    return await work();
  } finally {
    await handle.close();
  }
}

async function lock(file: string, fd: number, signal: AbortSignal): Promise<void> {
  const silent = { stdout: () => {}, stderr: () => {} };
  const argv = ["flock", "-w", String(patience), "3"];
  const { code } = await run({ argv, env: toolEnv, cwd: "/", stdin: "none", descriptor: fd, output: silent, signal });
  if (code === 0) return;
  if (code !== 1) throw new Fault("BACKEND_FAILED", `${file} could not be locked: flock ended with ${code}`);
  const remedy = `another operation on the container is under way; it is tried again. Who: fuser -v ${file}`;
  throw new Fault("CONFIG_LOCK_TIMEOUT", `${file} was held by somebody else for ${patience} s`, remedy, "transient");
}
