import type { Clock } from "../../domain/clock.ts";
import type { Cause, ConfigBook, ConfigFile, ConfigVersion, NewVersion } from "../../domain/config.ts";
import type { BlobHash } from "../../domain/step.ts";
import type { Problem } from "../manifest-types.ts";
import { judge, judged, type Configuration, type Judged, type Rules } from "./judge.ts";
import { contentsOf, type Seen } from "./look.ts";
import { hasSame, onDisk } from "./tree.ts";

/** What keeps the host's files from being what counts. */
export interface Trouble {
  /** What is wrong, and what counts instead. */
  readonly text: string;
  /** Of the files as they are; empty when they can't be read at all, or can't be written. */
  readonly problems: readonly Problem[];
}

/** Told of everything that the owner should hear of, a line each. */
export type Tell = (severity: "info" | "error", text: string) => void;

/** What counts. */
export interface Standing {
  readonly configuration: Configuration;
  readonly trouble: Trouble | null;
}

export interface Known {
  readonly rules: Rules;
  readonly book: ConfigBook;
  readonly clock: Pick<Clock, "now">;
  readonly tell: Tell;
}

/** A version of files that nobody has sent. */
export function unsent(cause: Extract<Cause, "found" | "edited">, message: string, files: readonly ConfigFile[], at: number): NewVersion {
  return { cause, author: "", message, at, set_aside: null, files, request_id: null };
}

/**
 * What the files on the disk mean. They become a version if they are none yet. With errors in them, the last version without
 * stays in force; as long as there never was one, they count all the same, and errors stop only the containers that they concern.
 */
export function takeOver(seen: Seen, known: Known): Standing {
  const { rules, book } = known;
  const [newest, good] = [book.newest(), book.inForce()];
  const manifest = seen.manifest();
  const files = onDisk(seen.disk, manifest, newest?.files ?? []);
  const found = judged(manifest, files, rules);
  if (seen.missing !== null) {
    if (good === null) return { configuration: { version: null, ...found, content: seen.content }, trouble: null };
    return instead(good, `${rules.manifest}: ${seen.missing.why}`, found.problems, known);
  }
  if (good !== null && hasSame(files, good.files)) return taken(good, found, seen, known);
  const version = newest !== null && hasSame(files, newest.files) ? newest : written(files, found, seen, newest === null, known);
  if (version.set_aside === null || good === null) return taken(version, found, seen, known);
  return instead(good, `the files on the host have ${version.set_aside}`, found.problems, known);
}

function written(files: readonly ConfigFile[], found: Judged, seen: Seen, isFirst: boolean, { book, clock, tell }: Known): ConfigVersion {
  const message = isFirst ? "as it was found on the host" : "edited on the host";
  const set_aside = found.errors === 0 ? null : `${found.errors} error${found.errors === 1 ? "" : "s"}`;
  const unwritten = { ...unsent(isFirst ? "found" : "edited", message, files, clock.now()), set_aside };
  const version = book.add([unwritten], contentsOf(files, seen.content), null);
  const { no } = version;
  const first = found.problems.find(({ severity }) => severity === "error")?.message ?? "";
  if (set_aside === null) tell("info", `version ${no} of the configuration is in force, ${message}`);
  else tell("error", `version ${no} of the configuration, ${message}, has ${set_aside} and is set aside: ${first}`);
  return version;
}

function taken({ no }: Pick<ConfigVersion, "no">, { manifest, files }: Judged, seen: Seen, { book }: Known): Standing {
  return { configuration: { version: no, manifest, files, content: kept(book, seen) }, trouble: null };
}

/** What is in a version can be had from the store, whatever becomes of the files. */
export function kept(book: ConfigBook, seen: Seen): (hash: BlobHash) => Uint8Array {
  return (hash) => (book.keeps(hash) ? book.content(hash) : seen.content(hash));
}

function instead(good: ConfigVersion, why: string, problems: readonly Problem[], { rules, book }: Known): Standing {
  const trouble = { text: `${why}; version ${good.no} stays in force`, problems };
  return { configuration: configurationOf(good, book, rules), trouble };
}

/** A version that is kept, to make plans from. */
export function configurationOf(version: ConfigVersion, book: ConfigBook, rules: Rules): Configuration {
  const { manifest, files } = judge(version.files, book.content, rules);
  return { version: version.no, manifest, files, content: book.content };
}
