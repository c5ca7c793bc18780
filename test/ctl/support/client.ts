import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";

const main = join(__dirname, "../../../src/ctl/main.ts");

/** What came of one phoenixctl. */
export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as bytes. */
  readonly bytes: Buffer;
}

export interface Options {
  readonly socket?: string;
  /** What it reads; "open": nothing, and no end. */
  readonly stdin?: Buffer | "open";
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** A phoenixctl that is under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  /** Resolves once its output holds this. */
  readonly said: (text: string) => Promise<void>;
}

/** Starts `phoenixctl ARGS` as a process of its own, in Berlin. */
export function start(args: readonly string[], options: Options = {}): Running {
  const env = {
    PATH: process.env["PATH"],
    TZ: "Europe/Berlin",
    ...(options.socket ? { PHOENIX_SOCKET: options.socket } : {}),
    ...options.env,
  };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env,
    stdio: "pipe",
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let all = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (all += chunk.toString()));
  child.stdin.on("error", () => {});
  if (options.stdin !== "open") child.stdin.end(options.stdin);
  const ended = (async (): Promise<Result> => {
    const [bytes, errors, [code, signal]] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    return { code, signal, bytes, stdout: bytes.toString(), stderr: errors.toString() };
  })();
  // Whoever starts it may look at something else than its end.
  ended.catch(() => {});
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => all.includes(text) && resolve();
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      look();
    });
  return { child, ended, said };
}
