import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";
import type { Output } from "./driver.ts";
import { drain } from "./drain.ts";
import { holderArgv, pipeMaker } from "./pipes.ts";
import { descendants, signalEach } from "./proc.ts";

/** A program to run. Nothing of our own environment goes along. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** "none" is /dev/null. */
  readonly stdin: AsyncIterable<Uint8Array> | "none";
  readonly output: Output;
  /**
   * True for a program that only waits for another one (lxc-attach). On abort that other one is killed first, and the keeper left to
   * take its exit status: else the host's init inherits it, and the container can't end before that has looked after it.
   */
  readonly keeper?: boolean;
  /** A file of ours that the program has open as its descriptor 3. */
  readonly descriptor?: number;
  /** Kills the program and all of its descendants. */
  readonly signal: AbortSignal;
}

export interface Ended {
  /** 128 + n when signal n ended it. */
  readonly code: number;
  /** True when something else still held the program's output open and was cut off. */
  readonly held: boolean;
}

/** The environment of the tools that we run. */
export const toolEnv: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

const outputLimit = 1 << 20;
/** How long a keeper may take to end after the one that it keeps. */
const keeperMs = 500;
const newPipe = pipeMaker(holdPipes);

/** What an aborted call throws: the signal's reason when that is a Fault (a time-out), else CANCELLED. */
export function abortFault(signal: AbortSignal): Fault {
  return signal.reason instanceof Fault ? signal.reason : new Fault("CANCELLED", "it was cancelled");
}

/** Throws abortFault when the signal is aborted. */
export function checkAbort(signal: AbortSignal): void {
  if (signal.aborted) throw abortFault(signal);
}

/**
 * Runs a program in its own process group and gives its end. Resolves when the program has exited and its output is read,
 * without waiting for others that hold the output (`held`). Throws abortFault when aborted, after everything is killed;
 * UNSUPPORTED when there is no such program; whatever an output callback throws.
 */
export async function run(program: Program): Promise<Ended> {
  checkAbort(program.signal);
  const stdout = await newPipe("out");
  const stderr = await newPipe("out");
  const stdin = program.stdin === "none" ? null : await newPipe("in");
  const streams = [readSocket(stdout.ours), readSocket(stderr.ours)] as const;
  const input = stdin === null ? null : new Socket({ fd: stdin.ours, readable: false, writable: true });
  const kills: Promise<void>[] = [];
  try {
    const more = program.descriptor === undefined ? [] : [program.descriptor];
    const child = begin(program, [stdin?.theirs ?? "ignore", stdout.theirs, stderr.theirs, ...more]);
    const kill = () => void kills.push(killTree(child, program.keeper === true));
    const exit = exited(child);
    for (const end of [stdin, stdout, stderr]) if (end !== null) closeSync(end.theirs);
    program.signal.addEventListener("abort", kill, { once: true });
    if (program.signal.aborted) kill();
    try {
      if (input !== null && program.stdin !== "none") feed(input, program.stdin);
      const drained = drain([
        { stream: streams[0], take: program.output.stdout },
        { stream: streams[1], take: program.output.stderr },
      ]);
      // A callback that throws ends the program: nobody wants its output any more.
      const code = await Promise.race([exit, drained.failed]).catch(async (thrown: unknown) => {
        await killTree(child, program.keeper === true);
        throw thrown;
      });
      const held = await drained.finish(program.signal);
      checkAbort(program.signal);
      return { code, held };
    } finally {
      program.signal.removeEventListener("abort", kill);
      await Promise.all(kills);
    }
  } finally {
    for (const socket of [...streams, input]) socket?.destroy();
  }
}

/** Runs a tool for its output, as text, the first MiB of it. Throws BACKEND_FAILED with what it said when it exits with anything but 0; abortFault. */
export async function capture(
  argv: readonly string[],
  options: { readonly signal?: AbortSignal; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = begin({ argv, env: options.env ?? toolEnv, cwd: "/" }, ["ignore", "pipe", "pipe"]);
  const kill = () => void killTree(child, false);
  options.signal?.addEventListener("abort", kill, { once: true });
  if (options.signal?.aborted === true) kill();
  const texts = [collect(child.stdout), collect(child.stderr)] as const;
  try {
    const code = await exited(child);
    // What the tool itself has written is there at its exit; a daemon that it leaves may hold the pipes for ever.
    await Promise.race([Promise.all([texts[0].ended, texts[1].ended]), new Promise((resolve) => setTimeout(resolve, 100))]);
    if (options.signal !== undefined) checkAbort(options.signal);
    const said = texts[1].text().trim() || texts[0].text().trim();
    if (code !== 0) throw new Fault("BACKEND_FAILED", `${argv[0]} exited with ${code}${said === "" ? "" : `: ${said}`}`);
    return texts[0].text();
  } finally {
    options.signal?.removeEventListener("abort", kill);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** What running a tool would throw when there is none, found out without starting anything; null when there may be one. */
export async function whyMissing(file: string): Promise<Fault | null> {
  const folders = (toolEnv["PATH"] ?? "").split(delimiter);
  const places = file.includes("/") ? [file] : folders.map((folder) => join(folder, file));
  for (const place of places) {
    const isThere = await stat(place).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR",
    );
    if (isThere) return null;
  }
  return notThere(file);
}

function notThere(file: string): Fault {
  return new Fault("UNSUPPORTED", `there is no program ${file}`, `Install what has ${file}.`);
}

function begin(program: Pick<Program, "argv" | "env" | "cwd">, stdio: StdioOptions): ChildProcess {
  const [file = "", ...args] = program.argv;
  return spawn(file, args, { env: program.env, cwd: program.cwd, stdio, detached: true });
}

async function holdPipes(): Promise<{ readonly pid: number; readonly end: () => void }> {
  const child = begin({ argv: holderArgv, env: toolEnv, cwd: "/" }, ["ignore", "pipe", "ignore"]);
  const exit = exited(child);
  const gone = exit.then((code) => {
    throw new Fault("BACKEND_FAILED", `sh made no pipes, and exited with ${code}`);
  });
  gone.catch(() => {}); // it is ended below
  await Promise.race([gone, once(child.stdout ?? child, "data")]);
  return { pid: child.pid ?? 0, end: () => child.kill("SIGKILL") };
}

function exited(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return; // a signal could not be sent; it still exits
      reject(
        code === "ENOENT"
          ? notThere(child.spawnfile)
          : new Fault("BACKEND_FAILED", `${child.spawnfile} can't be run: ${systemWords({ code, message: code })}`),
      );
    });
  });
}

/** Kills the program, its group, and what has left the group but still descends from it. */
async function killTree(child: ChildProcess, keeper: boolean): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const deadline = performance.now() + keeperMs;
  while (keeper && !ended() && performance.now() < deadline) {
    signalEach(await descendants([pid]), "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (!ended()) signalEach([-pid, pid, ...(await descendants([pid]))], "SIGKILL");
}

function readSocket(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}

/** Writes the input, as fast as it is taken. A program that does not read it to the end is none of our business. */
function feed(socket: Socket, input: AsyncIterable<Uint8Array>): void {
  socket.on("error", () => socket.destroy());
  const write = async () => {
    for await (const chunk of input) {
      if (socket.destroyed) return;
      await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
    }
    socket.end();
  };
  write().catch(() => socket.destroy());
}

function collect(stream: NodeJS.ReadableStream | null): { text: () => string; ended: Promise<void> } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (size < outputLimit) chunks.push(chunk.subarray(0, outputLimit - size));
    size += chunk.length;
  });
  const ended = new Promise<void>((resolve) => (stream === null ? resolve() : void stream.once("close", resolve)));
  return { text: () => Buffer.concat(chunks).toString("utf8"), ended };
}
