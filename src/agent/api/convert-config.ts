import {
  toTimestamp,
  type ConfigCause__Output,
  type ConfigChange__Output,
  type ConfigPlace__Output,
  type ConfigVersion__Output,
  type Problem__Output,
} from "../../../proto/index.ts";
import type { Problem } from "../config/manifest-types.ts";
import { lineDiff } from "../config/versions/line-diff.ts";
import { changes } from "../config/versions/tree.ts";
import type { Cause, ConfigFile, ConfigVersion, Place } from "../domain/config.ts";
import type { BlobHash } from "../domain/step.ts";

/** So many lines of differences are sent at most; who wants more has both files. */
const mostLines = 20_000;

/** A version for the caller, without its files. */
export function toVersion(version: ConfigVersion): ConfigVersion__Output {
  const { no, hash, cause, author, message, at, set_aside, files } = version;
  return { no, hash, cause: causeName(cause), author, message, at: toTimestamp(at), set_aside: set_aside ?? "", files: files.length };
}

function causeName(cause: Cause): ConfigCause__Output {
  return `CONFIG_CAUSE_${cause.toUpperCase() as Uppercase<Cause>}`;
}

function placeName(place: Place): ConfigPlace__Output {
  return `CONFIG_PLACE_${place.toUpperCase() as Uppercase<Place>}`;
}

/** What differs between the files of two configurations. */
export function toChanges(
  before: readonly ConfigFile[],
  after: readonly ConfigFile[],
  content: (hash: BlobHash) => Uint8Array,
): ConfigChange__Output[] {
  let left = mostLines;
  return changes(before, after).map(({ place, name, from, to }) => {
    const [old, now] = [from === null ? null : content(from), to === null ? null : content(to)];
    const { lines, more } = lineDiff(old, now, left);
    left = Math.max(0, left - (lines === "" ? 0 : lines.split("\n").length));
    return {
      place: placeName(place),
      name,
      before: old !== null,
      after: now !== null,
      lines: lines.toWellFormed(),
      bytes_before: old?.length ?? 0,
      bytes_after: now?.length ?? 0,
      more_lines: more,
    };
  });
}

/** A remark for the caller. */
export function toProblem({ severity, path, line, column, message }: Problem): Problem__Output {
  return { error: severity === "error", path, line, column, message };
}
