/** What is said about a command line that can't be meant. */
import {
  ArgumentParseError,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
  type ApplicationText,
} from "@stricli/core";
import { nearest } from "../near.ts";
import { notACtid } from "./parse.ts";

/** The texts of stricli, with our own where a command line is wrong: one line, and what to try. */
export const texts: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) => {
    const meant = likely(input, corrections);
    return meant === null
      ? `there is no command ${input}; see: phoenixctl --help`
      : `there is no command ${input}; did you mean ${meant}? All of them: phoenixctl --help`;
  },
  exceptionWhileParsingArguments: (thrown) => badArguments(thrown),
  exceptionWhileLoadingCommandFunction: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
  exceptionWhileLoadingCommandContext: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
  exceptionWhileRunningCommand: (thrown) => `phoenixctl has a defect: ${said(thrown)}`,
};

function badArguments(thrown: unknown): string {
  if (thrown instanceof ArgumentParseError) return unparsed(thrown);
  if (!(thrown instanceof ArgumentScannerError)) return said(thrown);
  const negative = /^-\d/;
  return formatMessageForArgumentScannerError(thrown, {
    AliasNotFoundError: ({ input }) =>
      negative.test(`-${input}`) ? notACtid(`-${input}`) : `there is no flag -${input}; add --help to see the flags`,
    FlagNotFoundError: ({ input, corrections }) => {
      const meant = likely(input, corrections);
      return `there is no flag --${input}; ${meant === null ? "add --help to see the flags" : `did you mean --${meant}?`}`;
    },
    EnumValidationError: ({ externalFlagName, input, values }) => `--${externalFlagName} ${input}: expected one of ${values.join(", ")}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} is missing, or has no value; add --help to see the flags`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing; add --help to see what is expected`,
    UnexpectedPositionalError: ({ input, expectedCount }) =>
      `${input} is too much: expected ${expectedCount || "no"} argument${expectedCount === 1 ? "" : "s"}; add --help to see them`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} was given twice`,
  });
}

/** Our own parsers say what was expected; stricli's, of flags that are yes or no, does not say of which flag. */
function unparsed({ externalFlagNameOrPlaceholder: flag, input, exception }: ArgumentParseError): string {
  const words = said(exception);
  return words.endsWith("to a boolean") ? `--${flag}=${input}: expected no value` : words;
}

function said(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * What was meant, perhaps; null when nothing is likely. What stricli holds to be near may be far: for it 950 is near to gpu, and
 * --last to --all-hosts.
 */
function likely(input: string, corrections: readonly string[]): string | null {
  return nearest(input, corrections.map(bare));
}

/** A name as it is typed: stricli hands some over in quotes, some with dashes, flags as the code calls them. */
function bare(name: string): string {
  return name
    .replaceAll("`", "")
    .replace(/^-+/, "")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
