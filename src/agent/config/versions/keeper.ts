import type { Cause, ConfigFile, ConfigVersion, NewVersion } from "../../domain/config.ts";
import { Fault, toFailure } from "../../domain/errors.ts";
import type { Scripts } from "../scripts.ts";
import { olderCandidate, pushedCandidate, type Candidate, type Pushed } from "./candidate.ts";
import type { Configuration } from "./judge.ts";
import { lay, type Disk } from "./lay.ts";
import { contentsOf, isInMotion, look, type Seen } from "./look.ts";
import { configurationOf, takeOver, unsent, type Known, type Standing, type Trouble } from "./take-over.ts";
import { isSame, keyOf, removalsOf } from "./tree.ts";

/** Who puts a configuration into force, and what they have seen before. */
export interface Commit {
  readonly request_id: string;
  readonly cause: Extract<Cause, "pushed" | "reverted">;
  readonly author: string;
  readonly message: string;
  /** The newest version that they knew; 0: none. */
  readonly base: number;
}

/**
 * Says which configuration counts, and keeps every one that ever did. What counts is a version in the store; the files of the
 * host are a copy of it, which hands may change: then they are taken over as a new version, unless they have errors.
 */
export interface Keeper {
  /** What counts now. Looks at the host's files first. */
  readonly current: () => Configuration;
  readonly trouble: () => Trouble | null;
  /** What a push would make of the host. Changes nothing. */
  readonly candidate: (pushed: Pushed) => Candidate;
  /** The same for going to a version that is kept. */
  readonly older: (version: ConfigVersion) => Candidate;
  /** Puts it into force, whole. Throws Fault STATE_CHANGED when somebody else has put something there since `base`. */
  readonly commit: (candidate: Candidate, commit: Commit) => ConfigVersion;
  /** Writes to the host's disk what is still to be written there. Gives why that is not possible now, "" when it was. */
  readonly settle: () => Promise<string>;
}

export interface KeeperParts extends Known {
  readonly scripts: Scripts;
  readonly disk: Disk;
}

/** A keeper; it looks at nothing yet. */
export function createKeeper(parts: KeeperParts): Keeper {
  const { rules, scripts, book, clock, disk, tell } = parts;
  let standing: (Standing & { readonly key: string }) | null = null;
  let unwritable = "";
  let settling: Promise<unknown> = Promise.resolve();

  const see = (): Standing & { readonly key: string } => {
    const laying = book.laying();
    const version = laying === null ? null : book.get(laying.version);
    if (version === null) {
      const seen = look(rules, scripts);
      const key = `${seen.missing?.why} ${[...seen.disk].map(([name, { hash }]) => `${name} ${hash}`).join(" ")}`;
      return standing?.key === key ? standing : { key, ...takeOver(seen, parts) };
    }
    const text = `version ${version.no} is in force, but can't be written to the host's disk: ${unwritable}`;
    const trouble = unwritable === "" ? null : { text, problems: [] };
    const key = `version ${version.no}`;
    return { key, configuration: standing?.key === key ? standing.configuration : configurationOf(version, book, rules), trouble };
  };

  const current = (): Standing => {
    try {
      standing = see();
    } catch (error) {
      // Files that are just being written are looked at again soon; a store that can't be written is no reason to show nothing.
      if (standing === null || !(isInMotion(error) || toFailure(error).reason === "STORE")) throw error;
    }
    return standing;
  };

  /** What the host has, once it has been taken over. */
  const seenNow = (): Seen => {
    current();
    return look(rules, scripts);
  };

  /** Files on the disk that are about to be written over or taken away, and whose content no version has. */
  const unkept = (seen: Seen, targets: readonly ConfigFile[]): readonly ConfigFile[] =>
    targets.flatMap((target): readonly ConfigFile[] => {
      const there = seen.disk.get(keyOf(target));
      return there === undefined || there.hash === target.hash || book.keeps(there.hash) ? [] : [{ ...there, from: "found" }];
    });

  /** A version that keeps such files, beside the others. */
  const rescue = (others: readonly ConfigFile[], lost: readonly ConfigFile[], set_aside: string): readonly NewVersion[] => {
    if (lost.length === 0) return [];
    const names = new Set(lost.map(keyOf));
    const files = [...others.filter((file) => !names.has(keyOf(file))), ...lost];
    return [{ ...unsent("edited", "files that were on the host", files, clock.now()), set_aside }];
  };

  const commit = (wanted: Candidate, { base, ...who }: Commit): ConfigVersion => {
    const known = book.ofRequest(who.request_id);
    if (known !== null) return known;
    const { trouble } = current();
    const newest = book.newest();
    if ((newest?.no ?? 0) !== base) throw overtaken(newest, base);
    const seen = readable(look(rules, scripts), rules.manifest);
    const pending = book.laying();
    const isInForce = newest !== null && newest.set_aside === null && trouble === null && pending === null;
    if (isInForce && isSame(newest.files, wanted.after)) return newest;
    const lost = unkept(seen, [...wanted.after, ...wanted.removals]);
    const version = book.add(
      [...rescue(newest?.files ?? [], lost, "replaced by the next one"), { ...who, at: clock.now(), set_aside: null, files: wanted.after }],
      new Map([...contentsOf(wanted.after, wanted.content), ...contentsOf(lost, seen.content)]),
      removalsOf([...wanted.removals, ...(pending?.removals ?? [])], wanted.after),
    );
    tell("info", `version ${version.no} of the configuration is in force, ${version.cause} by ${version.author}`);
    return version;
  };

  const write = async (version: ConfigVersion, removals: readonly ConfigFile[]): Promise<void> => {
    const seen = readable(look(rules, scripts), rules.manifest);
    const lost = unkept(seen, [...version.files, ...removals]);
    const aside = `edited while version ${version.no} was being written`;
    const rescued = rescue(version.files, lost, aside);
    if (rescued.length > 0) {
      book.add(rescued, contentsOf(lost, seen.content), null);
      tell("error", `files on the host were ${aside}; what they had is kept, and does not count`);
    }
    await lay(version.files, removals, (file) => seen.disk.get(keyOf(file))?.hash ?? null, book.content, rules, disk);
    if (book.laying()?.version === version.no) book.laid();
  };

  const settle = async (): Promise<string> => {
    const laying = book.laying();
    const version = laying === null ? null : book.get(laying.version);
    if (laying === null || version === null) return "";
    try {
      await write(version, laying.removals);
      unwritable = "";
    } catch (error) {
      const why = toFailure(error).message;
      if (why !== unwritable)
        tell("error", `version ${version.no} of the configuration is in force, but can't be written to the disk: ${why}`);
      unwritable = why;
    }
    return unwritable;
  };

  return {
    current: () => current().configuration,
    trouble: () => current().trouble,
    candidate: (pushed) => pushedCandidate(pushed, seenNow(), book, rules),
    older: (version) => olderCandidate(version, seenNow(), book, rules),
    commit,
    settle: () => {
      const next = settling.then(settle);
      settling = next;
      return next;
    },
  };
}

function readable(seen: Seen, manifest: string): Seen {
  if (seen.missing?.is !== "unreadable") return seen;
  throw new Fault("MANIFEST", `${manifest} on the host would be lost: ${seen.missing.why}`, "look at it, and move it away");
}

function overtaken(newest: ConfigVersion | null, base: number): Fault {
  if (newest === null) return new Fault("STATE_CHANGED", `version ${base} is not known here; nothing is kept yet`, "give no base");
  const { no, cause, author, at, message } = newest;
  const who = author === "" ? "" : ` by ${author}`;
  const when = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  const what = message === "" ? "" : ` (${message})`;
  return new Fault(
    "STATE_CHANGED",
    `version ${no} was ${cause}${who} at ${when}${what}, after version ${base}, which you have seen`,
    `look at what would change now, and push again: phoenixctl config diff DIR`,
  );
}
