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
    const nearest = likely(input, corrections);
    return nearest === null
      ? `there is no command ${input}; see: phoenixctl --help`
      : `there is no command ${input}; did you mean ${nearest}? All of them: phoenixctl --help`;
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
      const nearest = likely(input, corrections);
      return `there is no flag --${input}; ${nearest === null ? "add --help to see the flags" : `did you mean --${nearest}?`}`;
    },
    EnumValidationError: ({ externalFlagName, input, values }) => `--${externalFlagName} ${input}: expected one of ${values.join(", ")}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} is missing, or has no value; add --help to see the flags`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing; add --help to see what is expected`,
    UnexpectedPositionalError: ({ input, expectedCount }) =>
      `${input} is too much: expected ${expectedCount || "no"} argument${expectedCount === 1 ? "" : "s"}; add --help to see them`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} was given twice`,
  });
}

function said(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * What was meant, perhaps; null when nothing is likely. What stricli holds to be near may be far: for it 950 is near to gpu, and
 * --last to --all-hosts.
 */
function likely(input: string, corrections: readonly string[]): string | null {
  const slips = Math.min(2, Math.round(input.length / 3));
  return corrections.map(bare).find((name) => name.startsWith(input) || isNear(input, name, slips)) ?? null;
}

/** Whether a word becomes another one by so many letters at most that are left out, put in, changed, or swapped with the next. */
function isNear(a: string, b: string, slips: number): boolean {
  if (slips < 0) return false;
  if (a === "" || b === "") return a.length + b.length <= slips;
  if (a[0] === b[0]) return isNear(a.slice(1), b.slice(1), slips);
  const swapped = a[0] === b[1] && a[1] === b[0] && isNear(a.slice(2), b.slice(2), slips - 1);
  return swapped || [a.slice(1), a].some((rest) => isNear(rest, b.slice(1), slips - 1)) || isNear(a.slice(1), b, slips - 1);
}

/** A name as it is typed: stricli hands some over in quotes, some with dashes, flags as the code calls them. */
function bare(name: string): string {
  return name
    .replaceAll("`", "")
    .replace(/^-+/, "")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
