import { run, type Application, type CommandContext, type StricliProcess } from "@stricli/core";
import { application as agent } from "../../../src/agent/command-line.ts";
import { arranged } from "../../../src/ctl/argv.ts";
import { application } from "../../../src/ctl/client.ts";

/** What stands for what the reader fills in. */
const examples: Readonly<Record<string, string>> = {
  CTID: "950",
  NEWID: "960",
  RUN: "7QXZ",
  NAME: "nightly",
  VERSION: "7",
  KIND: "letsgo",
  TIME: "5m",
  MARK: `7:${"0".repeat(64)}`,
};

interface Target {
  loader?: () => Promise<() => void>;
  readonly getAllEntries?: () => readonly { readonly target: Target }[];
}

const client = application();
for (const { root } of [agent, client]) disarm(root as Target);

/** Lets every command do nothing but take its words. */
function disarm(target: Target): void {
  if (target.loader !== undefined) target.loader = () => Promise.resolve(() => undefined);
  for (const entry of target.getAllEntries?.() ?? []) disarm(entry.target);
}

/** What phoenixctl and phoenix-agent say against the calls of them in a shell's line; words in capitals are filled in. */
export async function complaints(line: string): Promise<readonly string[]> {
  const calls = simpleCommands(line).flatMap(alternatives);
  const said = await Promise.all(calls.map(complaint));
  return said.filter((text) => text !== "");
}

async function complaint([program = "", ...words]: readonly string[]): Promise<string> {
  const argv = words.map((word) => {
    const name = word.replace(/\.\.\.$/, "");
    return examples[name] ?? (name === "" ? word : name);
  });
  const printed: string[] = [];
  const write = (text: string) => void printed.push(text);
  const outer: StricliProcess = { stdout: { write }, stderr: { write } };
  const called = (program === "phoenixctl" ? client : agent) as Application<CommandContext>;
  await run(called, program === "phoenixctl" ? arranged(argv) : argv, { process: outer });
  return Number(outer.exitCode ?? 0) < 0 ? printed.join("").trim() : "";
}

/** The calls of our executables in a line of sh, word for word. */
export function simpleCommands(line: string): readonly (readonly string[])[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|&&|\|\||[|;](?=\s|$)|[<>]\(?|\)|(?:\\.|[^\s"'<>)])+/g)].map(
    ([whole, double, single]) => double ?? single ?? whole,
  );
  const comment = words.indexOf("#");
  const commands: string[][] = [[]];
  for (const word of comment < 0 ? words : words.slice(0, comment)) {
    if (/^(&&|\|\||[|;]|[<>]\(?|\))$/.test(word)) commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands
    .map((command) => (command[0] === "sudo" ? command.slice(1) : command))
    .filter(([program]) => program === "phoenixctl" || program === "phoenix-agent");
}

/** "snapshot list|create" is two command lines. */
function alternatives(words: readonly string[]): readonly (readonly string[])[] {
  const first = words.findIndex((word) => /^[\w-]+(\|[\w-]+)+$/.test(word));
  if (first < 0) return [words];
  return (words[first] ?? "").split("|").flatMap((choice) => alternatives(words.with(first, choice)));
}
