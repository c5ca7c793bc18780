import { Die } from "./output.ts";
import { property, type Parameter } from "./settings.ts";

/** The command line of one command. */
export interface Syntax {
  readonly program: "pct" | "pvesh";
  readonly name: string;
  readonly args: readonly string[];
  /** Takes any number of further arguments, like exec. */
  readonly rest?: boolean;
  readonly options: Readonly<Record<string, Parameter>>;
  /** Takes the properties of a configuration as options as well. */
  readonly properties?: boolean;
}

export interface Arguments {
  /** Arguments and options by name; booleans as "1" or "0". */
  readonly given: Readonly<Record<string, string>>;
  readonly rest: readonly string[];
}

const vmid: Parameter = {
  type: "integer",
  format: (value) => (/^[1-9][0-9]{2,8}$/.test(value) ? null : "value does not look like a valid VM ID\n"),
};
const snapname: Parameter = {
  type: "string",
  max_length: 40,
  format: (value) => (/^[a-z][a-z0-9_-]+$/i.test(value) ? null : `invalid configuration ID '${value}'\n`),
};
const arguments_: Readonly<Record<string, Parameter>> = { vmid, newid: vmid, snapname };

/** The line that every complaint about a command line ends with. */
export function usage({ name, args, rest, options, properties }: Syntax): string {
  const words = args.map((arg) => `<${arg}>`).concat(rest ? ["[<extra-args>]"] : []);
  return `pct ${name} ${words.join(" ")}${Object.keys(options).length > 0 || properties ? " [OPTIONS]" : ""}\n`;
}

function refuse(syntax: Syntax, complaint: string): never {
  throw new Die(`${complaint}\n${usage(syntax)}`.trimEnd(), 2);
}

function booleanValue(value: string): string | undefined {
  if (/^(1|on|yes|true|)$/i.test(value)) return "1";
  return /^(0|off|no|false)$/i.test(value) ? "0" : undefined;
}

function complaint(value: string, parameter: Parameter, given: Readonly<Record<string, string>>): string | null {
  const { type, minimum, maximum, values, max_length, format, excludes } = parameter;
  if (excludes !== undefined && given[excludes] !== undefined) return `cannot use 'snapshot' parameter with 'current'`;
  const wrongType = {
    integer: !/^[+-]?\d+$/.test(value),
    number: Number.isNaN(Number(value)),
    boolean: booleanValue(value) === undefined,
    string: false,
  }[type];
  if (wrongType) return `type check ('${type}') failed - got '${value}'`;
  if (minimum !== undefined && Number(value) < minimum) return `value must have a minimum value of ${minimum}`;
  if (maximum !== undefined && Number(value) > maximum) return `value must have a maximum value of ${maximum}`;
  if (max_length !== undefined && value.length > max_length) return `value may only be ${max_length} characters long`;
  if (values !== undefined && !values.includes(value))
    return `value '${value}' does not have a value in the enumeration '${values.join(", ")}'`;
  const problem = format?.(value);
  return problem == null ? null : `invalid format - ${problem}`;
}

/** Getopt::Long with permutation: options and arguments in any order, until `--`. */
function split(
  syntax: Syntax,
  argv: readonly string[],
  parameter: (key: string) => Parameter | undefined,
): { given: Record<string, string>; words: string[] } {
  const given: Record<string, string> = {};
  const words: string[] = [];
  const unknown: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") {
      words.push(...argv.slice(at + 1));
      break;
    }
    const [, key, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (key === undefined) {
      words.push(word);
      continue;
    }
    const kind = parameter(key);
    if (kind === undefined) unknown.push(`Unknown option: ${key}\n`);
    else if (value !== undefined) given[key] = value;
    // A boolean takes the next word if that is no option, and is on by itself (section "rollback", boolean w/o value).
    else if (kind.type !== "boolean") given[key] = argv[++at] ?? "";
    else given[key] = (argv[at + 1] ?? "-").startsWith("-") ? "1" : (argv[++at] ?? "1");
  }
  if (unknown.length > 0) refuse(syntax, `${unknown.join("")}400 unable to parse option`);
  return { given, words };
}

/** Takes a command line apart and checks it, with the complaints of section "empty+usage". */
export function parseArguments(syntax: Syntax, argv: readonly string[]): Arguments {
  const parameter = (key: string): Parameter | undefined =>
    Object.hasOwn(syntax.options, key) ? syntax.options[key] : syntax.properties ? property(key) : undefined;
  const { given, words } = split(syntax, argv, parameter);
  if (words.length < syntax.args.length) refuse(syntax, "400 not enough arguments");
  if (words.length > syntax.args.length && !syntax.rest) refuse(syntax, "400 too many arguments");
  for (const [at, name] of syntax.args.entries()) given[name] = words[at] ?? "";
  const problems = Object.keys(given)
    .sort()
    .flatMap((key) => {
      const problem = complaint(given[key] ?? "", arguments_[key] ?? parameter(key) ?? { type: "string" }, given);
      return problem === null ? [] : [`${key}: ${problem}`];
    });
  if (problems.length > 0) refuse(syntax, `400 Parameter verification failed.\n${problems.join("\n")}`);
  for (const key of Object.keys(given)) if (parameter(key)?.type === "boolean") given[key] = booleanValue(given[key] ?? "") ?? "0";
  return { given, rest: words.slice(syntax.args.length) };
}
