import {
  buildCommand,
  type BaseFlags,
  type CommandBuilderArguments,
  type CommandContext,
  type TypedCommandParameters,
  type TypedPositionalParameters,
} from "@stricli/core";
import { Complaint } from "./complaint.ts";
import type { Known } from "./completion/known.ts";
import { exit } from "./exit.ts";
import { errorRecord } from "./render/error.ts";
import { makeSession, type Globals, type Io, type Session } from "./session.ts";

/** What stricli hands to a command. */
export interface Context extends CommandContext {
  readonly io: Io;
  /** The exit code of the command, once it has one. */
  exitCode: number;
  /** While a word is completed, what it is completed from. */
  readonly known: Known;
}

/** What a command does: it says things through the session, and gives the exit code. Throws Complaint. */
export type Command<F, A extends readonly unknown[]> = (session: Session, flags: F, ...args: A) => Promise<number>;

/** The value that a flag has after parsing. */
type Value<S> = S extends { kind: "boolean" }
  ? boolean
  : S extends { values: readonly (infer V)[] }
    ? V
    : S extends { parse: (input: string) => infer V; variadic: true | "," }
      ? readonly V[]
      : S extends { parse: (input: string) => infer V }
        ? V
        : never;

type Optional<S> = { [K in keyof S]: S[K] extends { optional: true } ? K : never }[keyof S];

/** The values of all flags of a command. */
type Values<S> = { readonly [K in Exclude<keyof S, Optional<S>>]: Value<S[K]> } & { readonly [K in Optional<S>]?: Value<S[K]> };

/** The arguments of a command; one that has none needs none. */
type Positionals<A extends readonly unknown[]> = [] extends A
  ? { readonly positional?: TypedPositionalParameters<A, Context> }
  : { readonly positional: TypedPositionalParameters<A, Context> };

/** A command for stricli: its parameters and texts now, what it does when it is called. A command may know more flags than it has. */
export function command<S extends object, A extends readonly unknown[]>(
  load: () => Promise<Command<Values<S> & Globals, A>>,
  parameters: { readonly flags: S; readonly aliases: object } & Positionals<A>,
  docs: CommandBuilderArguments<BaseFlags, A, Context>["docs"],
) {
  const loader = async () => {
    const work = await load();
    return async function (this: Context, flags: BaseFlags, ...args: A): Promise<void> {
      const values = flags as unknown as Values<S> & Globals;
      const session = makeSession(this.io, values);
      // In what form would the answer be?
      if (values.json === true && !["table", "json"].includes(values.output)) {
        session.printError([[{ text: `--json and --output ${values.output}: expected one of them`, role: "plain" }]]);
        this.exitCode = exit.usage;
      } else this.exitCode = await complaining(session, () => work(session, values, ...args));
    };
  };
  // Stricli's own types want exactly the flags that a command knows; what it must have is checked above.
  const exact = parameters as unknown as TypedCommandParameters<BaseFlags, A, Context>;
  return buildCommand<BaseFlags, A, Context>({ loader, parameters: exact, docs });
}

/** The exit code of some work; a Complaint is said, and gives its own. */
async function complaining(session: Session, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Complaint) {
      session.printError(thrown.lines());
      if (session.output === "ndjson") session.record(errorRecord(thrown));
      else if (session.output !== "table") await session.document(errorRecord(thrown));
      return thrown.exitCode;
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    session.printError([[{ text: `phoenixctl has a defect: ${message}`, role: "plain" }]]);
    // For whoever repairs it; a user is not helped by a trace.
    if (session.io.env["PHOENIX_DEBUG"] !== undefined && thrown instanceof Error) session.io.stderr.write(`${thrown.stack}\n`);
    return exit.failed;
  }
}
