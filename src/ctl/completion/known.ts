import { noHosts, type Hosts } from "../fleet/hosts.ts";
import type { Memory } from "../fleet/memory.ts";

/** What is known of the world while a word is completed. */
export interface Known {
  readonly hosts: Hosts;
  /** What hosts have told, at some time. */
  readonly memories: readonly Memory[];
  /** The words before the one that is completed, without the program's name. */
  readonly before: readonly string[];
}

export const nothingKnown: Known = { hosts: noHosts, memories: [], before: [] };

/** What is remembered of the hosts that the command line names; of all, where it names none. */
export function memoriesMeant({ hosts, memories, before }: Known): readonly Memory[] {
  const said = before.flatMap((word) => (word.startsWith("--") ? word.split("=") : [word]));
  const values = (...flags: readonly string[]) =>
    said.flatMap((word, index) => (flags.includes(said[index - 1] ?? "") ? word.split(",") : []));
  const groups = values("-g", "--group");
  const named = new Set([...values("-H", "--host"), ...groups.flatMap((group) => hosts.groups[group] ?? [])]);
  return named.size === 0 ? memories : memories.filter(({ host }) => named.has(host));
}
