/** What each kind of argument may be, for stricli: the beginning of a word is matched there. */
import { memoriesMeant, type Known } from "./known.ts";

interface Completing {
  readonly known: Known;
}

/** No word has this in it. */
const filesMark = "\0";

/** Whether a proposal says that the shell is to propose names of files. */
export function wantsFiles(proposal: string): boolean {
  return proposal.endsWith(filesMark);
}

export function files(this: Completing, partial: string): string[] {
  return [`${partial}${filesMark}`];
}

/** CTIDs that were not said yet, the smallest first. */
export function containers(this: Completing): string[] {
  const ctids = memoriesMeant(this.known).flatMap((memory) => memory.containers.map(({ ctid }) => ctid));
  return unsaid(
    this.known,
    ctids.toSorted((a, b) => a - b).map((ctid) => String(ctid)),
  );
}

/** Snapshots of the containers that were said; of all, where none was. */
export function snapshots(this: Completing): string[] {
  const all = memoriesMeant(this.known).flatMap((memory) => memory.containers);
  const said = all.filter(({ ctid }) => this.known.before.includes(String(ctid)));
  return unsaid(
    this.known,
    (said.length > 0 ? said : all).flatMap((container) => container.snapshots),
  );
}

/** Ids of runs, the newest first. */
export function runs(this: Completing): string[] {
  const ids = memoriesMeant(this.known).flatMap((memory) => memory.runs);
  return [...new Set(ids)].toSorted().toReversed();
}

export function hosts(this: Completing): string[] {
  return unsaid(this.known, Object.keys(this.known.hosts.hosts));
}

export function groups(this: Completing): string[] {
  return Object.keys(this.known.hosts.groups);
}

export function hostsAndGroups(this: Completing): string[] {
  return [...hosts.call(this), ...groups.call(this)];
}

/** For `host group`: a group, and then hosts. */
export function groupThenHosts(this: Completing): string[] {
  return this.known.before.at(-1) === "group" ? groups.call(this) : hosts.call(this);
}

/** For `exec`: a container, and then what separates it from the command. */
export function containerThenCommand(this: Completing): string[] {
  const { before, memories } = this.known;
  if (before.includes("--")) return [];
  const said = memories.some((memory) => memory.containers.some(({ ctid }) => before.includes(String(ctid))));
  return said ? ["--"] : containers.call(this);
}

/** For `plan`: a kind, and then containers. */
export function kindThenContainers(kinds: readonly string[]) {
  return function (this: Completing): string[] {
    return this.known.before.some((word) => kinds.includes(word)) ? containers.call(this) : [...kinds];
  };
}

/** Always the same ones. */
export function these(...words: readonly string[]) {
  return () => words;
}

function unsaid({ before }: Known, words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => !before.includes(word));
}
