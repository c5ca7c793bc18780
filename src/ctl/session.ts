import type { ReadStream, WriteStream } from "node:tty";
import { paint, type Line, type Look } from "./render/line.ts";

/** The flags that every command has. */
export interface Globals {
  readonly socket?: string;
  readonly output: "table" | "json" | "ndjson" | "yaml";
  readonly quiet?: boolean;
  readonly noColor?: boolean;
}

/** What the client touches of its process. */
export interface Io {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The reader's time zone; undefined: the machine's. */
  readonly zone: string | undefined;
}

/** One invocation: what was asked of all commands alike, and where to say things. */
export interface Session {
  readonly io: Io;
  readonly socket: string;
  readonly output: Globals["output"];
  readonly quiet: boolean;
  /** Whether a part of the output may be rewritten. */
  readonly live: boolean;
  readonly look: () => Look;
  /** Lines for people, on standard output. */
  readonly print: (lines: readonly Line[]) => void;
  /** Lines for people, on standard error. */
  readonly printError: (lines: readonly Line[]) => void;
  /** What a whole command has found, for programs: json or yaml. */
  readonly document: (record: object) => Promise<void>;
  /** One of many records, for programs: ndjson. */
  readonly record: (record: object) => void;
}

const defaultSocket = "/run/phoenix/agent.sock";

/** A session as its flags and its surroundings make it. */
export function makeSession(io: Io, flags: Globals): Session {
  const { stdout, stderr, env, now, zone } = io;
  const colors = flags.noColor !== true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const look = (): Look => ({
    now: now(),
    zone,
    // What is not a terminal has no width, so nothing is cut for it.
    width: stdout.isTTY ? stdout.columns || 80 : Infinity,
    height: stdout.isTTY ? stdout.rows || 24 : Infinity,
    color: colors && stdout.isTTY,
  });
  // The terminal wraps what is longer; only what is rewritten must be cut.
  const text = (lines: readonly Line[], color: boolean) => lines.map((line) => `${paint(line, { width: Infinity, color })}\n`).join("");
  return {
    io,
    socket: flags.socket ?? env["PHOENIX_SOCKET"] ?? defaultSocket,
    output: flags.output,
    quiet: flags.quiet ?? false,
    live: flags.output === "table" && flags.quiet !== true && stdout.isTTY && env["TERM"] !== "dumb",
    look,
    print: (lines) => void stdout.write(text(lines, look().color)),
    printError: (lines) => void stderr.write(text(lines, colors && stderr.isTTY)),
    document: async (record) => void stdout.write(await documentText(record, flags.output)),
    record: (record) => void stdout.write(`${JSON.stringify(record)}\n`),
  };
}

async function documentText(record: object, output: Globals["output"]): Promise<string> {
  if (output !== "yaml") return `${JSON.stringify(record, null, output === "json" ? 2 : undefined)}\n`;
  const { stringify } = await import("yaml");
  return stringify(record);
}
