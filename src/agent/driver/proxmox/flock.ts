import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault } from "../../domain/errors.ts";
import { checkAbort, run, toolEnv } from "../process.ts";

/** As long as pct waits itself (facts/proxmox.md, "Locks"). */
const patience = 10;

/**
 * Does something while a file is locked with flock(2), which Node has not. A `flock` of util-linux holds it, and ends when the
 * pipe to it does: when the work is done, and when we die. Fault CONFIG_LOCK_TIMEOUT, transient, when somebody else holds it for too long;
 * abortFault when aborted while waiting. The work itself is not cut off.
 */
export async function withLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  checkAbort(signal);
  await mkdir(dirname(file), { recursive: true });
  const lock = holdLock(file, signal);
  try {
    await lock.held;
    return await work();
  } finally {
    await lock.release();
  }
}

function holdLock(file: string, signal: AbortSignal): { readonly held: Promise<void>; readonly release: () => Promise<void> } {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const waiting = new AbortController();
  const giveUp = () => waiting.abort(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  void held.promise.finally(() => signal.removeEventListener("abort", giveUp)).catch(() => {});

  const ended = run({
    argv: ["flock", "-w", String(patience), file, "sh", "-c", "echo held; exec cat"],
    env: toolEnv,
    cwd: "/",
    stdin: nothingUntil(released.promise),
    output: { stdout: () => held.resolve(), stderr: () => {} },
    keeper: false,
    signal: waiting.signal,
  });
  const outcome = ended.then(
    ({ code }) => held.reject(refusal(file, code)),
    (thrown: unknown) => held.reject(thrown),
  );
  return {
    held: held.promise,
    release: async () => {
      released.resolve();
      await outcome;
    },
  };
}

function refusal(file: string, code: number): Fault {
  if (code !== 1) return new Fault("BACKEND_FAILED", `${file} could not be locked: flock ended with ${code}`);
  const remedy = `another operation on the container is under way; it is tried again. Who: fuser -v ${file}`;
  return new Fault("CONFIG_LOCK_TIMEOUT", `${file} was held by somebody else for ${patience} s`, remedy, "transient");
}

/** An input that says nothing and is closed then. */
async function* nothingUntil(end: Promise<void>): AsyncIterable<Uint8Array> {
  yield await end.then(() => new Uint8Array());
}
