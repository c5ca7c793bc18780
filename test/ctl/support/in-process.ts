import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadStream, WriteStream } from "node:tty";
import { phoenixctl as client } from "../../../src/ctl/client.ts";
import type { Io } from "../../../src/ctl/session.ts";
import { noon } from "./samples.ts";

/** What came of one phoenixctl. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly socket?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A terminal of this size; none: a pipe. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** What it reads; nothing, when it is left out. */
  readonly stdin?: Uint8Array;
  /** How its deadlines pass; as they do everywhere, when it is left out. */
  readonly sleep?: Io["sleep"];
  /** The time for it, in milliseconds since 1970; shortly after two, when it is left out. */
  readonly now?: Io["now"];
  /** Told what it prints as it does. */
  readonly heard?: (text: string) => void;
}

/** Runs `phoenixctl ARGS` to its end in this process, in Berlin. */
export async function phoenixctl(args: readonly string[], options: Options = {}): Promise<Result> {
  const [stdout, stderr] = [sink(options), sink(options)];
  const code = await client(args, {
    stdin: new PassThrough().end(options.stdin) as unknown as ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { ...(options.socket ? { PHOENIX_SOCKET: options.socket } : {}), ...options.env },
    now: options.now ?? (() => noon + 200_000),
    sleep: options.sleep ?? ((ms, signal) => sleep(ms, undefined, { signal })),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function sink({ terminal, heard }: Options): { readonly stream: WriteStream; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    heard?.(chunk.toString());
  });
  Object.assign(stream, { isTTY: terminal !== undefined, ...terminal });
  return { stream: stream as unknown as WriteStream, text: () => Buffer.concat(chunks).toString() };
}
