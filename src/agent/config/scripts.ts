import type { BlobHash } from "../domain/step.ts";
import { Fault } from "../domain/errors.ts";
import type { Problem, ScriptFiles } from "./manifest-types.ts";
import { folderReader, readPlain, sha256, type Known } from "./script-folder.ts";

/** The owner's script and feature folders, as they are now. */
export interface Scripts {
  /** Every plain file in them, and what can't be used and why. Cheap when nothing has changed. Never throws. */
  readonly read: () => { readonly files: ScriptFiles; readonly problems: readonly Problem[] };
  /** The bytes of a file that the last read() found. Throws Fault STATE_CHANGED when no file has this content any more. */
  readonly content: (hash: BlobHash) => Uint8Array;
}

/** Looks after both folders; reads nothing yet. */
export function openScripts(scriptsFolder: string, featuresFolder: string): Scripts {
  const readScripts = folderReader(scriptsFolder, "scripts");
  const readFeatures = folderReader(featuresFolder, "features");
  let places: ReadonlyMap<BlobHash, string> = new Map();
  return {
    read: () => {
      const scripts = readScripts();
      const features = readFeatures();
      places = new Map([...scripts.files, ...features.files].map(({ hash, path }) => [hash, path]));
      return {
        files: {
          scripts_folder: scriptsFolder,
          features_folder: featuresFolder,
          scripts: hashes(scripts.files),
          features: hashes(features.files),
        },
        problems: [...scripts.problems, ...features.problems],
      };
    },
    content: (hash) => {
      const path = places.get(hash);
      const bytes = path === undefined ? null : bytesAt(path);
      if (bytes !== null && sha256(bytes) === hash) return bytes;
      throw new Fault("STATE_CHANGED", `${path ?? "a script"} changed while it was being read`, "Ask again.", "transient");
    },
  };
}

function bytesAt(path: string): Uint8Array | null {
  try {
    return readPlain(path).bytes;
  } catch {
    return null;
  }
}

function hashes(files: readonly Known[]): ReadonlyMap<string, BlobHash> {
  return new Map(files.map(({ name, hash }) => [name, hash]));
}
