import type { ReadStream, WriteStream } from "node:tty";
import { paint, type Line, type Look } from "./render/line.ts";

/** The flags that every command has. */
export interface Globals {
  readonly socket?: string;
  readonly host?: readonly string[];
  readonly group?: readonly string[];
  readonly allHosts?: boolean;
  readonly hostTimeout?: number;
  readonly output: "table" | "json" | "ndjson" | "yaml";
  readonly json?: boolean;
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
  /** Resolves after so many milliseconds; rejects when the signal is aborted before. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The hosts that a command line names, and how long each may take. */
export interface Reach {
  /** A socket of this machine. */
  readonly socket: string | null;
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  /** All hosts that are known. */
  readonly all: boolean;
  /** Seconds in which a host must have answered. */
  readonly timeout_s: number;
}

/** One invocation: what was asked of all commands alike, and where to say things. */
export interface Session {
  readonly io: Io;
  readonly reach: Reach;
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

/** Seconds in which a host must have answered, where nothing else is said. */
const defaultTimeout = 10;

/** A session as its flags and its surroundings make it. */
export function makeSession(io: Io, flags: Globals): Session {
  const { stdout, stderr, env, now } = io;
  const output = flags.json === true ? "json" : flags.output;
  const colors = flags.noColor !== true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const look = (): Look => ({
    now: now(),
    // What is not a terminal has no width, so nothing is cut for it.
    width: stdout.isTTY ? stdout.columns || 80 : Infinity,
    height: stdout.isTTY ? stdout.rows || 24 : Infinity,
    color: colors && stdout.isTTY,
  });
  // The terminal wraps what is longer; only what is rewritten must be cut.
  const text = (lines: readonly Line[], color: boolean) => lines.map((line) => `${paint(line, { width: Infinity, color })}\n`).join("");
  return {
    io,
    reach: {
      socket: flags.socket ?? null,
      hosts: flags.host ?? [],
      groups: flags.group ?? [],
      all: flags.allHosts ?? false,
      timeout_s: flags.hostTimeout ?? defaultTimeout,
    },
    output,
    quiet: flags.quiet ?? false,
    live: output === "table" && flags.quiet !== true && stdout.isTTY && env["TERM"] !== "dumb",
    look,
    print: (lines) => void stdout.write(text(lines, look().color)),
    printError: (lines) => void stderr.write(text(lines, colors && stderr.isTTY)),
    document: async (record) => void stdout.write(await documentText(record, output)),
    record: (record) => void stdout.write(`${JSON.stringify(record)}\n`),
  };
}

async function documentText(record: object, output: Globals["output"]): Promise<string> {
  if (output !== "yaml") return `${JSON.stringify(record, null, output === "json" ? 2 : undefined)}\n`;
  const { stringify } = await import("yaml");
  return stringify(record);
}
