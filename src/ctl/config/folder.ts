import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { ConfigPlace__Output as ConfigPlace } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { clean } from "../render/text.ts";

/** A file of a configuration on the workstation. */
export interface LocalFile {
  readonly place: ConfigPlace;
  /** Its name on the host. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A configuration as it lies in a folder of the workstation. */
export interface LocalConfig {
  /** The folder, as it was given. */
  readonly folder: string;
  /** The manifest's path, for messages. */
  readonly manifest: string;
  readonly files: readonly LocalFile[];
  /** What is in the script folders and is not sent: hidden files and further folders. */
  readonly passed: readonly string[];
}

const manifestName = "phoenix_lxc_configs.json";
/** The agent takes no larger ones; said here, before anything is sent. */
const most = { manifest: 16 << 20, file: 16 << 20, bytes: 64 << 20, files: 2000 } as const;

/**
 * Reads a folder that is laid out as on the host: etc/phoenix_lxc_configs.json (or the manifest right in it), bin/ with the
 * scripts, and bin/lxc_setup/ with the features. Throws Complaint with everything that can't be sent.
 */
export function readFolder(folder: string): LocalConfig {
  const problems: string[] = [];
  const passed: string[] = [];
  const name = (path: string) => clean(path);

  const readable = <T>(path: string, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      problems.push(`${name(path)}: ${said(error)}`);
      return null;
    }
  };

  if (!isFolder(folder)) throw complaint(exit.usage, `${name(folder)} is not a folder. Nothing was sent.`);
  const manifestPath = readable(folder, () => manifestIn(folder));
  const root = readable(folder, () => realpathSync(folder)) ?? folder;
  const read = (place: ConfigPlace, path: string, as: string): LocalFile[] => {
    const bytes = readable(path, () => plainBytes(path, root, place === "CONFIG_PLACE_MANIFEST" ? most.manifest : most.file));
    return bytes === null ? [] : [{ place, name: as, bytes }];
  };
  const readAll = (place: ConfigPlace, path: string, known: readonly string[]): LocalFile[] =>
    (readable(path, () => readdirSync(path).toSorted()) ?? []).flatMap((each) => {
      const inner = join(path, each);
      if (each.startsWith(".") || isFolder(inner)) {
        if (!known.includes(each)) passed.push(name(inner));
        return [];
      }
      if (/\p{Cc}/u.test(each))
        problems.push(`${JSON.stringify(each)} in ${name(path)}: expected a name without line breaks and control characters`);
      return read(place, inner, each);
    });

  const bin = join(folder, "bin");
  const features = join(bin, "lxc_setup");
  const files = [
    ...(manifestPath === null ? [] : read("CONFIG_PLACE_MANIFEST", manifestPath, manifestName)),
    ...readAll("CONFIG_PLACE_SCRIPTS", bin, ["lxc_setup"]),
    ...(isFolder(features) ? readAll("CONFIG_PLACE_FEATURES", features, []) : []),
  ];
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > most.bytes) problems.push(`${name(folder)}: it has ${total} bytes in all, expected at most ${most.bytes}`);
  if (files.length > most.files) problems.push(`${name(folder)}: it has ${files.length} files, expected at most ${most.files}`);
  if (problems.length === 0 && manifestPath !== null) return { folder, manifest: name(manifestPath), files, passed };
  throw complaint(
    exit.usage,
    `${name(folder)} can't be pushed. Nothing was sent.`,
    problems.map((problem) => ["error", problem]),
  );
}

/** One of the two places that a manifest may have in the folder. */
function manifestIn(folder: string): string {
  const places = [join(folder, "etc", manifestName), join(folder, manifestName)];
  const found = places.filter((place) => statSync(place, { throwIfNoEntry: false }) !== undefined);
  const [only, other] = found;
  if (other !== undefined) throw new Error(`there are two manifests, etc/${manifestName} and ${manifestName}; expected one`);
  if (only === undefined) throw new Error(`expected the manifest as etc/${manifestName}, or as ${manifestName}`);
  return only;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The bytes of a plain file below the root. Throws an Error that says why it is none; never waits, on a pipe for example. */
function plainBytes(path: string, root: string, largest: number): Buffer {
  const real = realpathSync(path);
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
    throw new Error(`it is a link to ${clean(real)}, out of the folder`);
  const file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("it is not a plain file");
    if (stat.size > largest) throw new Error(`it has ${stat.size} bytes, expected at most ${largest}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  ENOENT: "it is not there",
  ENOTDIR: "it is not a folder",
  ENXIO: "it is not a plain file",
  ELOOP: "it is a link to itself",
};

function said(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? clean(message);
}
