import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { Fault, reasons } from "../../domain/errors.ts";
import { callNames } from "./calls.ts";
import type { SimOptions } from "./options.ts";
import type { Storage } from "./storage.ts";

/** What to do to which call. */
export const faultRule = z.strictObject({
  /** "*" is every call that changes something. */
  call: z.enum([...callNames, "observe", "*"]),
  ctid: z.int().optional(),
  /** Only calls whose arguments, as JSON, contain this text. */
  match: z.string().optional(),
  /** The first such call that it strikes, from 1, counted over restarts of the agent; default 1. */
  nth: z.int().positive().optional(),
  /** How many calls it strikes from then on; default 1 when nth is given, all of them otherwise. */
  times: z.int().positive().optional(),
  /** Before anything was done, half done, or done: default "before". */
  when: z.enum(["before", "during", "after"]).optional(),
  /** "exit" is for commands: they end with `code` and do nothing. "hang" lasts until the call is aborted. */
  do: z.enum(["fail", "hang", "crash", "exit"]),
  reason: z.enum(reasons).optional(),
  message: z.string().optional(),
  transient: z.boolean().optional(),
  code: z.int().optional(),
});

export type FaultRule = z.infer<typeof faultRule>;

interface Made {
  readonly call: string;
  readonly ctid: number | null;
  readonly what: unknown;
}

/** The rules as they are now. Throws Fault INVALID for a file that does not hold rules; one that is not there holds none. */
export function rulesOf(faults: SimOptions["faults"]): readonly FaultRule[] {
  if (typeof faults !== "string") return faults;
  if (!existsSync(faults)) return [];
  try {
    return z.array(faultRule).parse(JSON.parse(readFileSync(faults, "utf8")));
  } catch (error) {
    throw new Fault("INVALID", `${faults} holds no fault rules: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The first rule that strikes this call; null when none does. Counts the call for every rule that it fits. */
export function struckBy(rules: readonly FaultRule[], made: Made, storage: Storage): FaultRule | null {
  const fitting = rules.filter((rule) => fits(rule, made));
  if (fitting.length === 0) return null;
  const counts = storage.change((model) =>
    fitting.map((rule) => {
      const key = JSON.stringify(rule);
      return (model.struck[key] = (model.struck[key] ?? 0) + 1);
    }),
  );
  return fitting.find((rule, at) => strikes(rule, counts[at] ?? 0)) ?? null;
}

function fits(rule: FaultRule, made: Made): boolean {
  const called = rule.call === made.call || (rule.call === "*" && made.call !== "observe");
  const meant = rule.ctid === undefined || rule.ctid === made.ctid;
  return called && meant && (rule.match === undefined || JSON.stringify(made.what).includes(rule.match));
}

function strikes(rule: FaultRule, count: number): boolean {
  const first = rule.nth ?? 1;
  const times = rule.times ?? (rule.nth === undefined ? Infinity : 1);
  return count >= first && count < first + times;
}
