// What runs inside a simulated container. Understood are:
//   true  false  exit N  echo WORDS  cat [FILE…]  rm [-rf] FILE…  test -e|-f|-d FILE  stat -c FORMAT FILE (%a %u %s)
//   env  pwd  hostname  ps  sleep SECONDS (on the simulation's clock)
//   sh -c LINE: these, joined by ; && and & (in the background), with > >> and >&2 behind them; no variables, no pipes
//   PATH, sh PATH: a script that was pushed. It does nothing but leave the line "run <file name> <first 8 of its sha256>" in
//     /var/phoenix/layers, and what comments in it say, in their order. Its exit code is 0 if they do not exit.
//       # sim: LINE               as sh -c LINE, for example "exit 3", "sleep 60", "echo text > /file"
//       # sim: print N lines      "line 1" to "line N"
//       # sim: bytes HEX          these bytes, for example "ff fe 41"
//       # sim: write PATH TEXT    a file
//       # sim: hold               a child in the background that holds the output open
//   any LINE that asks /proc/1/comm what init is: Phoenix's own question whether the container is up, which it is
// Everything else is not found: exit code 127, or 0 if the platform was made so.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { commands, type Io } from "./commands.ts";
import { addLayer, readFile, writeFile } from "./files.ts";
import { parseShell, type ShellCommand } from "./shell.ts";

/** What a command line came to: its exit code, and whether it was `exit` that gave it. */
interface Result {
  readonly code: number;
  readonly exited: boolean;
}

export interface Machine extends Io {
  readonly unknown: "fail" | "succeed";
  /** Begins a process that lives on by itself. */
  readonly background: (title: string) => void;
  /** Awaited when the command has begun to do something. */
  readonly begun: () => Promise<void>;
}

/** Runs a command and gives its exit code. */
export async function interpret(machine: Machine, argv: readonly string[]): Promise<number> {
  return (await runCommand(machine, argv)).code;
}

/** Runs a script's text: its layer line, then its directives. */
export async function runScript(machine: Machine, name: string, bytes: string): Promise<number> {
  const hash = createHash("sha256").update(bytes, "latin1").digest("hex").slice(0, 8);
  machine.change((_, container) => addLayer(container, `run ${name} ${hash}`));
  await machine.begun();
  for (const [, directive = ""] of bytes.matchAll(/^# sim: (.+)$/gm)) {
    const { code, exited } = await runDirective(machine, directive.trim());
    if (exited) return code;
  }
  return 0;
}

async function runDirective(machine: Machine, directive: string): Promise<Result> {
  const done = { code: 0, exited: false };
  const [word = "", first = "", ...rest] = directive.split(" ");
  if (word === "print") await printLines(machine, Number(first));
  else if (word === "bytes") await machine.out(Buffer.from([first, ...rest].join(""), "hex"));
  else if (word === "write") machine.change((model, container) => writeFile(model, container, first, latin1(`${rest.join(" ")}\n`)));
  else if (word === "hold") machine.background("sleep infinity");
  else return runLine(machine, directive);
  return done;
}

async function printLines(machine: Machine, count: number): Promise<void> {
  const size = 1000;
  for (let from = 1; from <= count; from += size) {
    const part = Array.from({ length: Math.min(size, count - from + 1) }, (_, at) => `line ${from + at}\n`);
    await machine.out(Buffer.from(part.join("")));
  }
}

async function runLine(machine: Machine, line: string): Promise<Result> {
  if (line.includes("/proc/1/comm")) return runCommand(machine, ["true"]);
  const list = parseShell(line);
  if (list === null) return notFound(machine, line);
  let result: Result = { code: 0, exited: false };
  let before: ShellCommand["link"] = ";";
  for (const command of list) {
    const skipped = before === "&&" && result.code !== 0;
    before = command.link;
    if (skipped) continue;
    if (command.link === "&") machine.background(command.argv.join(" "));
    else result = await runCommand(redirected(machine, command.to), command.argv);
    if (result.exited) return result;
  }
  return result;
}

async function runCommand(machine: Machine, argv: readonly string[]): Promise<Result> {
  const [name = "", ...args] = argv;
  if (name === "exit") return { code: Number(args[0] ?? 0), exited: true };
  if (name === "sh" && args[0] === "-c") return { ...(await runLine(machine, args[1] ?? "")), exited: false };
  const path = name === "sh" ? (args[0] ?? "") : name;
  const file = path.startsWith("/") ? machine.look((model, container) => readFile(model, container, path)) : null;
  if (file !== null && name !== "sh" && (file.mode & 0o100) === 0) return said(machine, `sim: ${path}: permission denied`, 126);
  if (file !== null) return { code: await runScript(machine, basename(path), file.bytes), exited: false };
  const known = Object.hasOwn(commands, basename(name)) ? commands[basename(name)] : undefined;
  if (known === undefined) return notFound(machine, argv.join(" "));
  await machine.begun();
  return { code: await known(machine, args), exited: false };
}

function notFound(machine: Machine, text: string): Promise<Result> | Result {
  return machine.unknown === "succeed"
    ? { code: 0, exited: false }
    : said(machine, `sim: not found: ${text} (sim.unknown_commands: succeed in agent.yaml lets it pass)`, 127);
}

async function said(machine: Machine, text: string, code: number): Promise<Result> {
  await machine.err(Buffer.from(`${text}\n`));
  return { code, exited: false };
}

/** The same machine with its standard output elsewhere. */
function redirected(machine: Machine, to: ShellCommand["to"]): Machine {
  if (to === "stdout") return machine;
  if (to === "stderr") return { ...machine, out: machine.err };
  if (!to.append) machine.change((model, container) => to.file === "/dev/null" || writeFile(model, container, to.file, ""));
  const out = (bytes: Uint8Array) => {
    if (to.file === "/dev/null") return;
    machine.change((model, container) => {
      const before = readFile(model, container, to.file)?.bytes ?? "";
      writeFile(model, container, to.file, before + Buffer.from(bytes).toString("latin1"));
    });
  };
  return { ...machine, out };
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
