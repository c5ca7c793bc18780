import type { ConfigBook, ConfigFile, ConfigVersion } from "../../domain/config.ts";
import type { BlobHash } from "../../domain/step.ts";
import { judge, type Configuration, type Judged, type Rules } from "./judge.ts";
import type { Seen } from "./look.ts";
import { kept } from "./take-over.ts";
import { composed, keyOf, present, removalsOf } from "./tree.ts";

/** A configuration as it was sent. */
export interface Pushed {
  readonly files: readonly Omit<ConfigFile, "from">[];
  readonly contents: ReadonlyMap<BlobHash, Uint8Array>;
}

/** A configuration that could come into force, and what that would mean for the files of the host. */
export interface Candidate extends Judged {
  readonly configuration: Configuration;
  /** What it is compared with: what is in force, and files on the host that no version has and that it would replace. */
  readonly before: readonly ConfigFile[];
  readonly after: readonly ConfigFile[];
  /** Files of the host that go. */
  readonly removals: readonly ConfigFile[];
  /** Files that the manifest names, and that stay as they are on the host. */
  readonly kept: readonly ConfigFile[];
  /** The bytes of everything that is in `before` or `after`. */
  readonly content: (hash: BlobHash) => Uint8Array;
}

/** What a push would make of the host. */
export function pushedCandidate(pushed: Pushed, seen: Seen, book: ConfigBook, rules: Rules): Candidate {
  const own = pushed.files.map((file): ConfigFile => ({ ...file, from: "pushed" }));
  const content = (hash: BlobHash) => pushed.contents.get(hash) ?? kept(book, seen)(hash);
  const { manifest } = judge(own, content, rules);
  // A version that is still to be written to the disk is what the disk will have.
  const disk = book.laying() === null ? seen.disk : present(book.inForce()?.files ?? []);
  return candidate(composed(own, manifest, disk, book.newest()?.files ?? []), content, seen, book, rules);
}

/** What going to a version that is kept would make of the host. */
export function olderCandidate(version: ConfigVersion, seen: Seen, book: ConfigBook, rules: Rules): Candidate {
  const before = [...(book.newest()?.files ?? []), ...(book.inForce()?.files ?? [])];
  const removals = removalsOf([...new Map(before.map((file) => [keyOf(file), file])).values()], version.files);
  return candidate({ files: version.files, removals, kept: [] }, kept(book, seen), seen, book, rules);
}

function candidate(
  whole: { readonly files: readonly ConfigFile[]; readonly removals: readonly ConfigFile[]; readonly kept: readonly ConfigFile[] },
  content: (hash: BlobHash) => Uint8Array,
  seen: Seen,
  book: ConfigBook,
  rules: Rules,
): Candidate {
  const found = judge(whole.files, content, rules);
  const known = book.inForce()?.files ?? [];
  const names = new Set(known.map(keyOf));
  const strange = whole.files.flatMap((file): readonly ConfigFile[] => {
    const there = seen.disk.get(keyOf(file));
    return there === undefined || names.has(keyOf(file)) ? [] : [{ ...there, from: "found" }];
  });
  const configuration = { version: null, manifest: found.manifest, files: found.files, content };
  return {
    ...found,
    configuration,
    content,
    before: [...known, ...strange],
    after: whole.files,
    removals: whole.removals,
    kept: whole.kept,
  };
}
