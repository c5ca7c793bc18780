import { proposeCompletions, type InputCompletion } from "@stricli/core";
import { leadingFlags } from "../argv.ts";
import { application } from "../client.ts";
import type { Context } from "../command.ts";
import type { Memory } from "../fleet/memory.ts";
import { clean } from "../render/text.ts";
import { memoriesMeant, type Known } from "./known.ts";
import { wantsFiles } from "./words.ts";

/** A word that could stand there, and what it means: one line, maybe empty. */
export interface Proposal {
  readonly word: string;
  readonly meaning: string;
}

/** What could stand there. "files": names of files, which the shell knows best. */
export type Proposals = { readonly kind: "words"; readonly words: readonly Proposal[] } | { readonly kind: "files" };

/** The flags that take several values with commas between. */
const lists = new Set(["-H", "--host", "-g", "--group"]);

/** What the last of these words, which may be empty, could become. The words are as they were typed, without the program's name. */
export async function propose(typed: readonly string[], { hosts, memories }: Omit<Known, "before">, io: Context["io"]): Promise<Proposals> {
  const { before, head, partial } = split(typed);
  const known: Known = { hosts, memories, before };
  const context: Context = { process: io, io, exitCode: 0, known };
  const complete = asked(before, partial);
  const found = await proposeCompletions(application(complete[0]), [...complete, partial], context);
  if (found.some(({ completion }) => wantsFiles(completion))) return { kind: "files" };
  const fitting = found.filter(isSafe).filter(({ kind, completion }) => kind !== "argument:flag" || completion !== "--");
  const better = fitting.filter(({ kind }) => kind !== "argument:flag");
  const chosen = partial.startsWith("-") || better.length === 0 ? fitting : better;
  const said = new Set(head.split(/[=,]/));
  const words = chosen.filter(({ completion }) => !said.has(completion));
  const names = namesIn(memoriesMeant(known));
  return { kind: "words", words: words.map((each) => ({ word: `${head}${each.completion}`, meaning: meaning(each, names) })) };
}

/**
 * The words before, the part of the last one that stays as it is (`--host=a,`), and the part that is completed. bash takes --flag=value apart into
 * three words, and wants the last of them only.
 */
function split(typed: readonly string[]): { readonly before: readonly string[]; readonly head: string; readonly partial: string } {
  const isSeparator = (word: string, index: number) => word === "=" && typed[index - 1]?.startsWith("--") === true;
  const before = typed.slice(0, -1).filter((word, index) => !isSeparator(word, index));
  const last = typed.at(-1) ?? "";
  if (isSeparator(last, typed.length - 1)) return { before, head: "", partial: "" };
  const [flag = ""] = /^--[a-z-]+(?==)/.exec(last) ?? [];
  const words = flag === "" ? before : [...before, flag];
  const start = flag === "" ? 0 : flag.length + 1;
  const from = Math.max(start, lists.has(words.at(-1) ?? "") ? last.lastIndexOf(",") + 1 : 0);
  return { before: words, head: last.slice(0, from), partial: last.slice(from) };
}

/** The words to put before the partial one: the command, without what stands before it. A flag that stands before it is one of any command. */
function asked(before: readonly string[], partial: string): readonly string[] {
  const count = leadingFlags(before);
  const command = before.slice(count);
  if (command.length > 0) return command[0] === "help" ? command.slice(1) : command;
  return count > before.length || partial.startsWith("-") ? ["ps", ...before] : [];
}

/** Whether a shell takes it as one word that is no flag. What hosts have told is not trusted: nobody should run `$(rm -r …)` by two keys. */
function isSafe({ kind, completion }: InputCompletion): boolean {
  return kind !== "argument:value" || completion === "--" || wantsFiles(completion) || /^[A-Za-z0-9][\w@%+:./-]*$/.test(completion);
}

/** The names of containers, by their CTID: with hosts, where there are several. */
function namesIn(memories: readonly Memory[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { host, containers } of memories) {
    for (const { ctid, name } of containers) {
      const known = names.get(String(ctid)) ?? [];
      known.push(memories.length > 1 ? `${name} on ${host}` : name);
      names.set(String(ctid), known);
    }
  }
  return names;
}

function meaning({ kind, completion, brief }: InputCompletion, names: ReadonlyMap<string, readonly string[]>): string {
  return clean((kind === "argument:value" ? names.get(completion)?.join(", ") : undefined) ?? brief);
}
