/** What is said about a command line that can't be meant. */
import {
  ArgumentParseError,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
  type ApplicationText,
} from "@stricli/core";
import { notACtid } from "./parse.ts";

/** The texts of stricli, with our own where a command line is wrong: one line, and what to try. */
export const texts: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) => {
    const [nearest] = corrections;
    return nearest === undefined
      ? `there is no command ${input}; see: phoenixctl --help`
      : `there is no command ${input}; did you mean ${bare(nearest)}? All of them: phoenixctl --help`;
  },
  exceptionWhileParsingArguments: (thrown) => badArguments(thrown),
  exceptionWhileLoadingCommandFunction: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
  exceptionWhileLoadingCommandContext: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
  exceptionWhileRunningCommand: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
};

function badArguments(thrown: unknown): string {
  if (thrown instanceof ArgumentParseError) return said(thrown.exception);
  if (!(thrown instanceof ArgumentScannerError)) return said(thrown);
  const negative = /^-\d/;
  return formatMessageForArgumentScannerError(thrown, {
    AliasNotFoundError: ({ input }) =>
      negative.test(`-${input}`) ? notACtid(`-${input}`) : `there is no flag -${input}; add --help to see the flags`,
    FlagNotFoundError: ({ input, corrections }) => {
      const nearest = corrections[0] === undefined ? "" : `; did you mean --${bare(corrections[0])}?`;
      return `there is no flag --${input}${nearest || "; add --help to see the flags"}`;
    },
    EnumValidationError: ({ externalFlagName, input, values }) => `--${externalFlagName} ${input}: expected one of ${values.join(", ")}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} wants a value; add --help to see the flags`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing; add --help to see what is expected`,
    UnexpectedPositionalError: ({ input, expectedCount }) =>
      `${input} is too much: expected ${expectedCount || "no"} argument${expectedCount === 1 ? "" : "s"}; add --help to see them`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} was given twice`,
  });
}

function said(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A name as it is typed: stricli hands some over in quotes, some with dashes, flags as the code calls them. */
function bare(name: string): string {
  return name
    .replaceAll("`", "")
    .replace(/^-+/, "")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
