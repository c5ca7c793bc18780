import { generateHelpTextForAllCommands } from "@stricli/core";
import { application as agent } from "../../src/agent/command-line.ts";
import { application as client } from "../../src/ctl/client.ts";

/** A command and what its --help prints. */
export interface Helped {
  readonly command: string;
  readonly help: string;
}

/** A flag as --help has it: "-o, --output", what it means, and what it takes ("" when it says no more). */
export interface Flag {
  readonly names: string;
  readonly brief: string;
  readonly values: string;
}

/** What --help prints under one of its headings, or, with "" as heading, between them. */
export interface Part {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** Every command of phoenixctl, and none of the groups that they are in. */
export function clientHelp(): readonly Helped[] {
  return helpOf(generateHelpTextForAllCommands(client() as never));
}

/** Every command of phoenix-agent. */
export function agentHelp(): readonly Helped[] {
  return helpOf(generateHelpTextForAllCommands(agent));
}

function helpOf(documented: readonly (readonly [command: string, help: string])[]): readonly Helped[] {
  return documented.map(([command, help]) => ({ command, help: help.trimEnd() }));
}

/** What --help prints, taken apart. */
export function partsOf(help: string): readonly Part[] {
  return help.split("\n\n").map((paragraph) => {
    const [first = "", ...rest] = paragraph.split("\n");
    return /^[A-Z ]+$/.test(first) ? { heading: first, lines: rest } : { heading: "", lines: [first, ...rest] };
  });
}

const flagLine = /^  (-\w|  ) +\[?(--[\w-]*)\]?\.* {2,}(.*?)(?: +\[([^[\]]*)\])?$/;

/** A line under FLAGS; null when it is none. */
export function flagOf(line: string): Flag | null {
  const [, short = "", long = "", brief = "", values = ""] = flagLine.exec(line) ?? [];
  if (long === "") return null;
  return { names: [short.trim(), long].filter((name) => name !== "").join(", "), brief, values };
}
