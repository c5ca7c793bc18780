import { manifestName, type ConfigFile, type Place } from "../../domain/config.ts";
import type { BlobHash } from "../../domain/step.ts";
import { problemsIn } from "../check.ts";
import { parseManifest, type LoadedManifest } from "../manifest.ts";
import type { Problem, ScriptFiles } from "../manifest-types.ts";
import { isFileName } from "../names.ts";
import { nowhere } from "../position.ts";
import { shown } from "../shape.ts";
import type { AgentSettings } from "../settings.ts";

/** A configuration that plans can be made from. */
export interface Configuration {
  /** Its version; null: it is not kept. */
  readonly version: number | null;
  readonly manifest: LoadedManifest;
  readonly files: ScriptFiles;
  /** The bytes of its scripts and features. Throws Fault STATE_CHANGED when a file of the disk has changed since. */
  readonly content: (hash: BlobHash) => Uint8Array;
}

/** A configuration, and everything that is to be said about it. */
export interface Judged {
  readonly manifest: LoadedManifest;
  readonly files: ScriptFiles;
  readonly problems: readonly Problem[];
  readonly errors: number;
}

/** What the agent's settings say about configurations. */
export type Rules = Pick<AgentSettings, "manifest" | "scripts" | "features"> & {
  readonly boot: Pick<AgentSettings["boot"], "default_from_ctid">;
};

/** Reads the manifest of some files, and says of all of them what phoenix-agent check says. Pure, and never throws. */
export function judge(files: readonly ConfigFile[], content: (hash: BlobHash) => Uint8Array, rules: Rules): Judged {
  const at = files.find(({ place }) => place === "manifest");
  const manifest = parseManifest(at === undefined ? new Uint8Array() : content(at.hash), rules.manifest, rules.boot);
  return judged(manifest, files, rules);
}

/** The same of a manifest that has been read. */
export function judged(manifest: LoadedManifest, files: readonly ConfigFile[], rules: Pick<Rules, "scripts" | "features">): Judged {
  const inPlace = (place: Place) => new Map(files.filter((file) => file.place === place).map(({ name, hash }) => [name, hash]));
  const folders: ScriptFiles = {
    scripts_folder: rules.scripts,
    features_folder: rules.features,
    scripts: inPlace("scripts"),
    features: inPlace("features"),
  };
  const problems = [...problemsIn(manifest, folders, []), ...files.flatMap(nameProblem), ...clashes(folders)];
  return { manifest, files: folders, problems, errors: problems.filter(({ severity }) => severity === "error").length };
}

function nameProblem({ place, name }: ConfigFile): readonly Problem[] {
  const fits = place === "manifest" ? name === manifestName : isFileName(name);
  return fits ? [] : [problem(place, `expected the plain name of a file, got ${shown(name)}`)];
}

/** Both folders may be one, and then a name can't have two contents. */
function clashes({ scripts_folder, features_folder, scripts, features }: ScriptFiles): readonly Problem[] {
  if (scripts_folder !== features_folder) return [];
  return [...features]
    .filter(([name, hash]) => scripts.has(name) && scripts.get(name) !== hash)
    .map(([name]) =>
      problem(name, `it is among the scripts and the features, which lie in one folder on this host, with different contents`),
    );
}

function problem(path: string, message: string): Problem {
  return { severity: "error", ctid: null, path, ...nowhere, message };
}
