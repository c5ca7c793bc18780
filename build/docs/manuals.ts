import { settingsList } from "../../src/agent/config/settings-list.ts";
import { agentHelp, clientHelp, flagOf, partsOf, type Helped } from "./commands.ts";

/** The manual pages of the packages, by their names. */
export function manuals(): ReadonlyMap<string, string> {
  const settings = settingsList().map(
    ({ path, fallback, words }) => `.TP\n.B ${escaped(path)}${fallback === null ? "" : ` \\fR(${escaped(fallback)})`}\n${escaped(words)}`,
  );
  return new Map([
    [
      "phoenixctl.1",
      page(
        "PHOENIXCTL",
        1,
        "phoenixctl",
        "manage LXC containers on many hosts through their Phoenix agents",
        "phoenixctl COMMAND [FLAGS] [ARGUMENTS]",
        [
          ["COMMANDS", commands(clientHelp())],
          [
            "EXIT STATUS",
            "0 done, 1 failed, 2 bad usage, 3 some of several failed, 4 no agent, 5 not allowed, 6 refused, 7 changes pending (plan), 130 interrupted (the run goes on).",
          ],
          ["SEE ALSO", ".BR phoenix-agent (8)"],
        ],
      ),
    ],
    [
      "phoenix-agent.8",
      page(
        "PHOENIX-AGENT",
        8,
        "phoenix-agent",
        "restore, provision and snapshot the LXC containers of a host",
        "phoenix-agent [COMMAND] [FLAGS]",
        [
          ["COMMANDS", commands(agentHelp())],
          ["SETTINGS", `/etc/phoenix/agent.yaml, with the default of each in parentheses.\n${settings.join("\n")}`],
          [
            "FILES",
            ".TP\n.I /etc/phoenix/agent.yaml\nThe settings.\n.TP\n.I /var/lib/phoenix/phoenix.db\nThe database: runs, events, leases.\n.TP\n.I /var/lib/phoenix/phoenix.db.v*\nCopies from before an upgrade changed it.\n.TP\n.I /run/phoenix/agent.sock\nThe socket.",
          ],
          ["SEE ALSO", ".BR phoenixctl (1), systemctl (1)"],
        ],
      ),
    ],
    [
      "phoenix_orchestrator.sh.1",
      page(
        "PHOENIX_ORCHESTRATOR.SH",
        1,
        "phoenix_orchestrator.sh",
        "the command that phoenixctl replaces",
        "phoenix_orchestrator.sh CTID [--reconfigure | --LetsGo] [--dry-run]",
        [
          [
            "DESCRIPTION",
            "Calls phoenixctl orchestrate CTID, phoenixctl reconfigure CTID or phoenixctl letsgo CTID, with \\-\\-dry\\-run where it is given.",
          ],
          ["SEE ALSO", ".BR phoenixctl (1)"],
        ],
      ),
    ],
  ]);
}

type Section = readonly [title: string, body: string];

function page(title: string, section: number, name: string, brief: string, synopsis: string, sections: readonly Section[]): string {
  const head = [
    `.TH ${title} ${section} "" phoenix`,
    `.SH NAME\n${escaped(name)} \\- ${escaped(brief)}`,
    `.SH SYNOPSIS\n${escaped(synopsis)}`,
  ];
  return `${[...head, ...sections.map(([heading, body]) => `.SH ${heading}\n${body}`)].join("\n")}\n`;
}

function commands(all: readonly Helped[]): string {
  return all.map(({ command, help }) => `.SS ${escaped(command)}\n${helpInRoff(help)}`).join("\n");
}

/** What --help prints, filled: usage and examples line by line, a flag with what it means below it. */
function helpInRoff(help: string): string {
  return partsOf(help)
    .map(({ heading, lines }) => {
      if (heading === "FLAGS") return lines.map(flagInRoff).join("\n");
      return heading !== "" || lines.some((line) => line.startsWith("  "))
        ? `.PP\n.nf\n${escaped(lines.join("\n"))}\n.fi`
        : `.PP\n${escaped(lines.join("\n"))}`;
    })
    .join("\n");
}

function flagInRoff(line: string): string {
  const flag = flagOf(line);
  if (flag === null) return escaped(line.trim());
  return `.TP\n.B ${escaped(flag.names)}${flag.values === "" ? "" : ` \\fR[${escaped(flag.values)}]`}\n${escaped(flag.brief)}`;
}

/** For roff: no hyphen that becomes another one, no line that begins with a command. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&");
}
