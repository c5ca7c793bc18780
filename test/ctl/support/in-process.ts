import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { phoenixctl as client } from "../../../src/ctl/client.ts";
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
}

/** Runs `phoenixctl ARGS` to its end in this process, in Berlin, shortly after two. */
export async function phoenixctl(args: readonly string[], options: Options = {}): Promise<Result> {
  const [stdout, stderr] = [sink(options.terminal), sink(options.terminal)];
  const code = await client(args, {
    stdin: new PassThrough().end() as unknown as ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { ...(options.socket ? { PHOENIX_SOCKET: options.socket } : {}), ...options.env },
    now: () => noon + 200_000,
    zone: "Europe/Berlin",
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function sink(terminal: Options["terminal"]): { readonly stream: WriteStream; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
  Object.assign(stream, { isTTY: terminal !== undefined, ...terminal });
  return { stream: stream as unknown as WriteStream, text: () => Buffer.concat(chunks).toString() };
}
