import { globals } from "../../src/ctl/flags.ts";
import { agentHelp, clientHelp, flagOf, partsOf, type Flag, type Helped } from "./commands.ts";
import { cell, code, table } from "./markdown.ts";

/** Flags that every command has are told once. */
const everywhere = new Set([
  ...Object.keys(globals).map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`),
  "--help",
  "--config",
  "--",
]);

/** The command lines of both executables, from what their --help prints. */
export function commandReference(): string {
  return [
    "Flags stand before or behind what they are about. Words in capitals are yours to fill in; `...` says that there may be several.",
    "[phoenixctl](#phoenixctl) speaks to agents, from the host or a workstation. [phoenix-agent](#phoenix-agent) is the agent itself, and what is done beside it as root.",
    ...executable("phoenixctl", clientHelp()),
    ...executable("phoenix-agent", agentHelp()),
  ].join("\n\n");
}

function executable(name: string, commands: readonly Helped[]): string[] {
  const all = commands.flatMap(({ help }) => flagsOf(help));
  const common = [...new Map(all.filter(isCommon).map((flag) => [flag.names, flag])).values()];
  return [
    `## ${name}`,
    `Of every command${name === "phoenixctl" ? " that asks hosts" : ""}:`,
    flagTable(common.filter(({ names }) => names !== "--")),
    ...commands.map(section),
  ];
}

function section({ command, help }: Helped): string {
  const parts = partsOf(help);
  const under = (heading: string) => parts.filter((part) => part.heading === heading).flatMap(({ lines }) => lines);
  const usage = under("USAGE").filter((line) => !/ --(help|version)$/.test(line));
  const own = flagsOf(help).filter((flag) => !isCommon(flag));
  return [
    `### ${command}`,
    parts
      .filter(({ heading }) => heading === "")
      .map(({ lines }) => lines.join("  \n"))
      .join("\n\n"),
    ["```text", ...usage.map((line) => line.trim()), "```"].join("\n"),
    ...(own.length === 0 ? [] : [flagTable(own)]),
  ].join("\n\n");
}

function flagsOf(help: string): readonly Flag[] {
  const flags = partsOf(help).filter(({ heading }) => heading === "FLAGS");
  return flags.flatMap(({ lines }) => lines).flatMap((line) => flagOf(line) ?? []);
}

function isCommon({ names }: Flag): boolean {
  return everywhere.has(names.split(", ").at(-1) ?? "");
}

function flagTable(flags: readonly Flag[]): string {
  return table(
    ["flag", "what it does", "values"],
    flags.map(({ names, brief, values }) => [names.split(", ").map(code).join(", "), cell(brief), valuesOf(values)]),
  );
}

/** What a flag takes: "a|b, default = a", or that it takes several. */
function valuesOf(values: string): string {
  if (values.startsWith("separator")) return "several, with commas between";
  const [choices = "", fallback] = values.split(", default = ");
  return choices
    .split("|")
    .map((choice) => (choice === "" ? "" : `${code(choice)}${choice === fallback ? " (if not said)" : ""}`))
    .join(", ");
}
