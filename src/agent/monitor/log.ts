import { styleText } from "node:util";
import { pino, stdTimeFunctions } from "pino";
import type { AgentSettings } from "../config/settings.ts";
import type { Log } from "../domain/log.ts";
import { strike, strikeText } from "../domain/secret.ts";

/** Where lines go, and how they look. */
export interface LogOutput {
  /** "json": an object a line, for journald and what reads it. "terminal": for people. */
  readonly form: "json" | "terminal";
  readonly host: string;
  /** Takes a line, its end included. */
  readonly write: (line: string) => void;
}

/** Standard output, as it is: lines for people on a terminal, JSON everywhere else. Each line is written before the next thing is done. */
export function standardOutput(host: string): LogOutput {
  const out = pino.destination({ fd: 1, sync: true });
  return { form: process.stdout.isTTY ? "terminal" : "json", host, write: (line) => void out.write(line) };
}

/** A log that strikes secrets from fields and messages. */
export function createLog(level: AgentSettings["log"]["level"], { form, host, write }: LogOutput): Log {
  return pino(
    {
      level,
      base: { host },
      timestamp: stdTimeFunctions.isoTime,
      // An error has been made plain by `strike` already, and pino's own way would take its type for Object.
      serializers: { err: (plain: unknown) => plain },
      formatters: { level: (label) => ({ level: label }), log: (fields) => strike(fields) as Record<string, unknown> },
      hooks: {
        logMethod([fields, message], method) {
          // As the type Log has it, and no other way of pino's.
          method.apply(this, [fields, strikeText(String(message ?? ""))] as unknown as Parameters<typeof method>);
        },
      },
    },
    { write: form === "json" ? write : (line: string) => write(forPeople(JSON.parse(line) as Line)) },
  );
}

/** A line as pino has written it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Fields that are said before the message, without their names. */
const subjects = ["ctid", "run", "step"];
const unsaid: ReadonlySet<string> = new Set(["level", "time", "msg", "host", "err", ...subjects]);
const colours = { error: "red", warn: "yellow", info: "dim", debug: "dim" } as const;

/** 14:03:07 warn  950 01K4…: message  (method=… ms=3), in the time of the terminal; the stack of a defect on lines of its own. */
export function forPeople(line: Line): string {
  const { level, time, msg, err } = line;
  const colour = colours[level as keyof typeof colours] ?? "dim";
  const subject = subjects.flatMap((name) => (line[name] === undefined ? [] : [textOf(line[name])])).join(" ");
  const rest = Object.entries(line).flatMap(([name, value]) => (unsaid.has(name) ? [] : [`${name}=${textOf(value)}`]));
  const head = `${new Date(time).toTimeString().slice(0, 8)} ${styleText(colour, level.padEnd(5))}`;
  const tail = rest.length === 0 ? "" : styleText("dim", `  (${rest.join(" ")})`);
  const stack = typeof err === "object" && err !== null && "stack" in err ? `\n${String(err.stack).replaceAll(/^/gm, "  ")}` : "";
  return `${head} ${subject === "" ? "" : `${subject}: `}${msg}${tail}${stack}\n`;
}

function textOf(value: unknown): string {
  return typeof value === "string" && !/\s/.test(value) && value !== "" ? value : JSON.stringify(value);
}
