import { buildApplication, help, run, text_en, type StricliProcess } from "@stricli/core";
import { arranged } from "./argv.ts";
import type { Context } from "./command.ts";
import { nothingKnown } from "./completion/known.ts";
import { question } from "./completion/scripts.ts";
import { exit } from "./exit.ts";
import { root } from "./routes.ts";
import type { Io } from "./session.ts";
import { texts } from "./usage.ts";

const documentation = {
  caseStyle: "convert-camel-to-kebab",
  onlyRequiredInUsageLine: true,
  useAliasInUsageLine: false,
  alwaysShowHelpAllFlag: false,
  disableAnsiColor: false,
} as const;

/** The command line of phoenixctl: all of it, or as much as one that begins with this word can need. */
export function application(word?: string) {
  return buildApplication(
    root(word),
    {
      name: "phoenixctl",
      scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
      documentation,
      localization: { text: texts },
    },
    // The usual ones would take -H, which names hosts here.
    { help: help({ brief: text_en.briefs.help, alias: "h", defaultForRouteMap: true, formatting: documentation }) },
  );
}

/** Does what a command line says and gives the exit code. */
export async function phoenixctl(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === question) return (await import("./completion/answer.ts")).answer(argv.slice(1), io);
  const { stdout, stderr, env } = io;
  const outer: StricliProcess = { stdout, stderr, env };
  const context: Context & { process: StricliProcess } = { process: outer, io, exitCode: exit.done, known: nothingKnown };
  const words = arranged(argv);
  await run(application(words[0]), words, context);
  // Below zero are the command lines that stricli did not take.
  const taken = Number(outer.exitCode ?? 0);
  return taken < 0 ? exit.usage : taken || context.exitCode;
}
