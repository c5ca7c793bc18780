import { globals } from "../../src/ctl/flags.ts";
import { agentHelp, clientHelp, flagOf, partsOf, type Flag, type Helped } from "./commands.ts";
import { cell, code, table } from "./markdown.ts";

/** Flags that every command of an executable has are told once. */
type Common = ReadonlySet<string>;
const ofClient = new Set([
  ...Object.keys(globals).map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`),
  "--help",
  "--",
]);
const ofAgent = new Set(["--config", "--help", "--"]);

/** The command lines of both executables, from what their --help prints. */
export function commandReference(): string {
  return [
    "Flags stand before or behind what they are about. Words in capitals are yours to fill in; `...` says that there may be several.",
    "[phoenixctl](#phoenixctl) speaks to agents, from the host or a workstation. [phoenix-agent](#phoenix-agent) is the agent itself, and what is done beside it as root.",
    ...executable("phoenixctl", clientHelp(), ofClient),
    ...executable("phoenix-agent", agentHelp(), ofAgent),
  ].join("\n\n");
}

function executable(name: string, commands: readonly Helped[], everywhere: Common): string[] {
  const all = commands.flatMap(({ help }) => flagsOf(help));
  const common = [...new Map(all.filter((flag) => isCommon(flag, everywhere)).map((flag) => [flag.names, flag])).values()];
  return [
    `## ${name}`,
    `Of every command${name === "phoenixctl" ? " that asks hosts" : ""}:`,
    flagTable(common.filter(({ names }) => names !== "--")),
    ...commands.map((each) => section(each, everywhere)),
  ];
}

function section({ command, help }: Helped, everywhere: Common): string {
  const parts = partsOf(help);
  const under = (heading: string) => parts.filter((part) => part.heading === heading).flatMap(({ lines }) => lines);
  const usage = under("USAGE").filter((line) => !/ --(help|version)$/.test(line));
  const own = flagsOf(help).filter((flag) => !isCommon(flag, everywhere));
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

function isCommon({ names }: Flag, everywhere: Common): boolean {
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
