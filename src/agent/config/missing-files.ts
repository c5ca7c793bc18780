import type { LoadedManifest } from "./manifest.ts";
import type { ContainerConfig, Problem, ScriptFiles } from "./manifest-types.ts";
import { jsonPath } from "./position.ts";
import type { Path } from "./shape.ts";

interface Missing {
  readonly path: Path;
  readonly message: string;
}

/** A warning for each script and feature that the manifest names and the folders don't have. Nothing more is said of a folder that can't be read at all. */
export function missingFiles(manifest: LoadedManifest, files: ScriptFiles, folderProblems: readonly Problem[]): readonly Problem[] {
  const unreadable = new Set(folderProblems.map(({ path }) => path));
  return [...manifest.containers.values()].flatMap((config) => {
    const missing = [
      ...(unreadable.has(files.scripts_folder) ? [] : missingScripts(config, files)),
      ...(unreadable.has(files.features_folder) ? [] : missingFeatures(config, files)),
    ];
    return missing.map(({ path: inner, message }): Problem => {
      const path = ["lxc_configs", String(config.ctid), ...inner];
      return { severity: "warning", ctid: config.ctid, path: jsonPath(path), ...manifest.at(path), message };
    });
  });
}

function missingScripts({ application, raw }: ContainerConfig, files: ScriptFiles): readonly Missing[] {
  if (application === null) return [];
  const wanted = [
    { path: ["application_script"], name: application.script },
    ...application.files.map((name) => ({ path: placeOf(name, "application_files", raw), name })),
  ];
  return wanted
    .filter(({ name }) => !files.scripts.has(name))
    .map(({ path, name }) => ({ path, message: `${name} is not in ${files.scripts_folder}` }));
}

function missingFeatures({ features, raw }: ContainerConfig, files: ScriptFiles): readonly Missing[] {
  return features
    .map((name) => ({ name, candidates: featureCandidates(name) }))
    .filter(({ candidates }) => !candidates.some((file) => files.features.has(file)))
    .map(({ name, candidates }) => ({
      path: placeOf(name, "features", raw),
      message: `neither ${candidates.join(" nor ")} is in ${files.features_folder}`,
    }));
}

/** The files that a feature may be applied by. */
export function featureCandidates(name: string): readonly string[] {
  return [`phoenix_hypervisor_feature_install_${name}.sh`, `${name}.sh`];
}

/** Where a name stands in a list of the file. */
function placeOf(name: string, key: string, raw: ContainerConfig["raw"]): Path {
  const list = raw[key];
  return Array.isArray(list) ? [key, list.indexOf(name)] : [key];
}
