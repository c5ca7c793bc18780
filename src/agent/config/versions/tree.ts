import { commonUtils, type ConfigFile, type Place } from "../../domain/config.ts";
import type { BlobHash } from "../../domain/step.ts";
import type { Manifest } from "../manifest-types.ts";
import { featureCandidates } from "../missing-files.ts";

/** Which files there are, and what is in them: by place and name, see `keyOf`. */
export type Present = ReadonlyMap<string, Pick<ConfigFile, "place" | "name" | "hash">>;

/** One text for a place and a name. */
export function keyOf({ place, name }: Pick<ConfigFile, "place" | "name">): string {
  return `${place}/${name}`;
}

export function present(files: readonly Pick<ConfigFile, "place" | "name" | "hash">[]): Present {
  return new Map(files.map((file) => [keyOf(file), file]));
}

/** The scripts and features that a manifest names, whether or not they are there. */
export function wanted({ containers }: Pick<Manifest, "containers">): ReadonlySet<string> {
  const configs = [...containers.values()];
  const scripts = configs.flatMap(({ application }) => (application === null ? [] : [application.script, ...application.files]));
  const features = configs.flatMap((config) => config.features.flatMap(featureCandidates));
  const keys = (place: Place, names: readonly string[]) => names.map((name) => keyOf({ place, name }));
  return new Set([...keys("scripts", [commonUtils, ...scripts]), ...keys("features", features)]);
}

/**
 * The configuration that lies on the disk: the manifest, what it names, and what was pushed before and is still there. Other
 * files of the folders are not Phoenix's. Where the manifest can't be trusted, what `before` had belongs to it as well.
 */
export function onDisk(disk: Present, manifest: Manifest, before: readonly ConfigFile[]): readonly ConfigFile[] {
  const names = wanted(manifest);
  const isSound = !manifest.problems.some(({ severity }) => severity === "error");
  const own = new Map(before.map((file) => [keyOf(file), file.from]));
  return [...disk.values()].flatMap((file): readonly ConfigFile[] => {
    const from = own.get(keyOf(file)) ?? "found";
    const belongs = file.place === "manifest" || names.has(keyOf(file)) || from === "pushed" || (!isSound && own.has(keyOf(file)));
    return belongs ? [{ ...file, from }] : [];
  });
}

/** What a push makes of a host. */
export interface Composed {
  /** Everything that the version will have. */
  readonly files: readonly ConfigFile[];
  /** What was pushed before and is not any more, and what it was. */
  readonly removals: readonly ConfigFile[];
  /** Files that the manifest names, and that stay as they are on the host. */
  readonly kept: readonly ConfigFile[];
}

/** A pushed configuration on a host: what the manifest names and the push lacks stays as it is there. Nothing goes that was not pushed once. */
export function composed(pushed: readonly ConfigFile[], manifest: Manifest, disk: Present, before: readonly ConfigFile[]): Composed {
  const own = new Set(pushed.map(keyOf));
  const names = wanted(manifest);
  const kept = [...disk.values()]
    .filter((file) => names.has(keyOf(file)) && !own.has(keyOf(file)))
    .map((file): ConfigFile => ({ ...file, from: "found" }));
  const files = [...pushed, ...kept];
  return { files, kept, removals: removalsOf(before, files).filter(({ from }) => from === "pushed") };
}

/** What one version has and another has not. */
export function removalsOf(before: readonly ConfigFile[], after: readonly ConfigFile[]): readonly ConfigFile[] {
  const stays = new Set(after.map(keyOf));
  return before.filter((file) => !stays.has(keyOf(file)));
}

/** Whether both have the same files with the same contents. */
export function hasSame(a: readonly ConfigFile[], b: readonly ConfigFile[]): boolean {
  return told(a, ({ hash }) => hash) === told(b, ({ hash }) => hash);
}

/** Whether both have the same files with the same contents, that came the same way. */
export function isSame(a: readonly ConfigFile[], b: readonly ConfigFile[]): boolean {
  return told(a, ({ hash, from }) => `${hash} ${from}`) === told(b, ({ hash, from }) => `${hash} ${from}`);
}

function told(files: readonly ConfigFile[], what: (file: ConfigFile) => string): string {
  return files
    .map((file) => JSON.stringify([keyOf(file), what(file)]))
    .toSorted()
    .join();
}

/** A file that is not what it was. null: it is not there. */
export interface Change {
  readonly place: Place;
  readonly name: string;
  readonly from: BlobHash | null;
  readonly to: BlobHash | null;
}

/** What differs, the manifest first. */
export function changes(before: readonly ConfigFile[], after: readonly ConfigFile[]): readonly Change[] {
  const old = present(before);
  const changed = after
    .filter((file) => old.get(keyOf(file))?.hash !== file.hash)
    .map(({ place, name, hash }): Change => ({ place, name, from: old.get(keyOf({ place, name }))?.hash ?? null, to: hash }));
  const gone = removalsOf(before, after).map(({ place, name, hash }): Change => ({ place, name, from: hash, to: null }));
  return [...changed, ...gone].toSorted(
    (a, b) => Number(a.place !== "manifest") - Number(b.place !== "manifest") || (keyOf(a) < keyOf(b) ? -1 : 1),
  );
}
