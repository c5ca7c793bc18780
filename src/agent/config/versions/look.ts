import { manifestName, type Place } from "../../domain/config.ts";
import { Fault } from "../../domain/errors.ts";
import type { BlobHash } from "../../domain/step.ts";
import { parseManifest, readManifestFile, loadManifest, type LoadedManifest } from "../manifest.ts";
import { sha256 } from "../script-folder.ts";
import type { Scripts } from "../scripts.ts";
import type { Rules } from "./judge.ts";
import { present, type Present } from "./tree.ts";

/** The host's files as they are now. */
export interface Seen {
  /** The manifest, if it is there, and everything in both folders. */
  readonly disk: Present;
  /** Null when the file is there; else why it can't be used, and whether something would be lost if it were replaced. */
  readonly missing: { readonly is: "absent" | "unreadable"; readonly why: string } | null;
  readonly manifest: () => LoadedManifest;
  /** Throws Fault STATE_CHANGED when no file has this content any more. */
  readonly content: (hash: BlobHash) => Uint8Array;
}

/** Looks at the manifest and both folders. Cheap when nothing has changed. Never throws. */
export function look(rules: Rules, scripts: Scripts): Seen {
  const file = readManifestFile(rules.manifest);
  const { files } = scripts.read();
  const inPlace = (place: Place, names: ReadonlyMap<string, BlobHash>) => [...names].map(([name, hash]) => ({ place, name, hash }));
  const bytes = file.is === "there" ? file.bytes : null;
  const hash = bytes === null ? null : sha256(bytes);
  const manifest = hash === null ? [] : [{ place: "manifest" as const, name: manifestName, hash }];
  return {
    disk: present([...manifest, ...inPlace("scripts", files.scripts), ...inPlace("features", files.features)]),
    missing: file.is === "there" ? null : file,
    manifest: () => (bytes === null ? loadManifest(rules.manifest, rules.boot) : parseManifest(bytes, rules.manifest, rules.boot)),
    content: (wanted) => (bytes !== null && wanted === hash ? bytes : scripts.content(wanted)),
  };
}

/** The contents of files, by their hashes. Throws Fault STATE_CHANGED when one is not what it was any more. */
export function contentsOf(
  files: readonly { readonly hash: BlobHash }[],
  content: (hash: BlobHash) => Uint8Array,
): ReadonlyMap<BlobHash, Uint8Array> {
  return new Map(files.map(({ hash }) => [hash, content(hash)]));
}

/** Whether files were just being changed while they were read. */
export function isInMotion(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.failure.reason === "STATE_CHANGED";
}
