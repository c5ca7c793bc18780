import type {
  ConfigChange__Output as ConfigChange,
  ConfigReport__Output as ConfigReport,
  ConfigVersion__Output as ConfigVersion,
} from "../../../proto/types.ts";
import { blockerRecord, planRecord } from "./json.ts";
import { word } from "./words.ts";
import { isoTime } from "./time.ts";

/** A version of the configuration. */
export function versionRecord({ no, hash, cause, author, message, at, set_aside, files }: ConfigVersion) {
  return { version: no, hash, cause: word(cause), author, message, at: isoTime(at), set_aside, files };
}

/** What a configuration would mean for a host. */
export function reportRecord({ problems, blockers, changes, plans, pending, dropped, kept, removed }: ConfigReport) {
  return {
    problems: problems.map((problem) => ({ ...problem })),
    blockers: blockers.map(blockerRecord),
    changes: changes.map(changeRecord),
    plans: plans.map(planRecord),
    pending,
    dropped,
    kept,
    removed,
  };
}

function changeRecord({ place, ...change }: ConfigChange) {
  return { place: word(place), ...change };
}
