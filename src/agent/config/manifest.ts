import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Ctid } from "../domain/container.ts";
import { systemWords } from "../domain/system-words.ts";
import { readJson } from "./json-source.ts";
import type { Manifest, Problem } from "./manifest-types.ts";
import { jsonPath, nowhere, type Position } from "./position.ts";
import { readContainers } from "./read-containers.ts";
import { isObject, shown, type Path } from "./shape.ts";

/** A manifest, with where things stand in its file, for whoever finds more problems later. */
export interface LoadedManifest extends Manifest {
  readonly at: (path: Path) => Position;
}

export interface ManifestOptions {
  /** From this id up a container without start_at_boot starts at boot. */
  readonly default_from_ctid: Ctid;
}

const maxBytes = 16 * 1024 * 1024;

/** The bytes of a manifest's file, or why they can't be had. */
export type ManifestFile =
  { readonly is: "there"; readonly bytes: Uint8Array } | { readonly is: "absent" | "unreadable"; readonly why: string };

/** Looks at the manifest's file. One that is larger than any manifest is not read. */
export function readManifestFile(file: string): ManifestFile {
  try {
    const { size } = statSync(file);
    const why = sizeProblem(size);
    return why === null ? { is: "there", bytes: readFileSync(file) } : { is: "unreadable", why };
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (absent) return { is: "absent", why: "there is no such file, expected the manifest there; it is named by the setting manifest" };
    return { is: "unreadable", why: `it can't be read: ${systemWords(error)}` };
  }
}

/** Why a manifest of so many bytes is none; null when it may be one. */
export function sizeProblem(bytes: number): string | null {
  return bytes > maxBytes ? `it has ${bytes} bytes, expected at most ${maxBytes}` : null;
}

/** Reads the manifest. Never throws: whatever is wrong, a file that can't be read included, is among the problems. */
export function loadManifest(file: string, options: ManifestOptions): LoadedManifest {
  const found = readManifestFile(file);
  return found.is === "there" ? parseManifest(found.bytes, file, options) : unusable(file, "", { ...nowhere, message: found.why });
}

/** Makes a manifest of the bytes of its file; the name is only for messages. Pure, and never throws. */
export function parseManifest(bytes: Uint8Array, file: string, options: ManifestOptions): LoadedManifest {
  const tooLarge = sizeProblem(bytes.length);
  if (tooLarge !== null) return unusable(file, "", { ...nowhere, message: tooLarge });
  const hash = createHash("sha256").update(bytes).digest("hex");
  const source = readJson(bytes);
  if ("message" in source) return unusable(file, hash, source);
  const root = source.value;
  if (!isObject(root))
    return unusable(file, hash, { ...source.at([]), message: `expected an object with lxc_configs, got ${shown(root)}` });
  const { lxc_configs: sections, ...top } = root;
  if (!isObject(sections)) {
    return unusable(
      file,
      hash,
      { ...source.at(["lxc_configs"]), message: `expected an object with a container for each id, got ${shown(sections)}` },
      ["lxc_configs"],
    );
  }
  const { configs, problems } = readContainers(sections, source, options.default_from_ctid);
  const broken = brokenOf(problems);
  return {
    file,
    hash,
    containers: new Map([...configs].filter(([ctid]) => !broken.has(ctid)).toSorted(([a], [b]) => a - b)),
    broken,
    top,
    problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    at: source.at,
  };
}

function unusable(file: string, hash: string, what: Position & { readonly message: string }, path: Path = []): LoadedManifest {
  const problem: Problem = { severity: "error", ctid: null, path: jsonPath(path), ...what };
  return { file, hash, containers: new Map(), broken: new Map(), top: {}, problems: [problem], at: () => nowhere };
}

/** The errors of each container that has some. */
function brokenOf(problems: readonly Problem[]): ReadonlyMap<Ctid, readonly Problem[]> {
  const errors = problems.flatMap((problem) =>
    problem.severity === "error" && problem.ctid !== null ? [{ ctid: problem.ctid, problem }] : [],
  );
  const groups = Map.groupBy(errors, ({ ctid }) => ctid);
  return new Map([...groups].map(([ctid, members]) => [ctid, members.map(({ problem }) => problem)]));
}
