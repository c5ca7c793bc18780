import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync, type BigIntStats } from "node:fs";
import { dirname, join } from "node:path";
import type { BlobHash } from "../domain/step.ts";
import { systemWords } from "../domain/system-words.ts";
import type { Problem } from "./manifest-types.ts";
import { isFileName } from "./names.ts";
import { shown } from "./shape.ts";

/** A file of a folder. */
export interface Known {
  readonly name: string;
  readonly path: string;
  readonly hash: BlobHash;
}

interface Cached {
  readonly stamp: string;
  readonly hash: BlobHash;
}

const maxBytes = 64 * 1024 * 1024;
/** A file that was changed this short a time before it was read may change again under the same time stamp. */
const settledAfterMs = 100;

export function sha256(bytes: Uint8Array): BlobHash {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Reads a folder's plain files again and again; what has not changed is not read twice. Sub-folders and hidden files are passed over. */
export function folderReader(
  folder: string,
  what: string,
): () => { readonly files: readonly Known[]; readonly problems: readonly Problem[] } {
  let cache: ReadonlyMap<string, Cached> = new Map();
  return () => {
    const files: Known[] = [];
    const problems: Problem[] = [];
    const fresh = new Map<string, Cached>();
    for (const name of namesIn(folder, what, problems)) {
      const path = join(folder, name);
      try {
        const stat = statSync(path, { bigint: true });
        if (stat.isDirectory()) continue;
        const cached = cache.get(name);
        const found = cached?.stamp === stampOf(stat) ? cached : readAndStamp(folder, name);
        if (found.stamp !== "") fresh.set(name, found);
        files.push({ name, path, hash: found.hash });
      } catch (error) {
        problems.push(problem(path, `it is left out: ${systemWords(error)}`));
      }
    }
    cache = fresh;
    return { files, problems };
  };
}

function namesIn(folder: string, what: string, problems: Problem[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .toSorted();
  } catch (error) {
    problems.push(problem(folder, `the folder of ${what} can't be read: ${systemWords(error)}`));
    return [];
  }
}

function problem(path: string, message: string): Problem {
  return { severity: "warning", ctid: null, path, line: 0, column: 0, message };
}

/** Throws an Error that says why the file can't be used. The stamp is empty when the file is too young to be trusted to stay. */
function readAndStamp(folder: string, name: string): Cached {
  if (!isFileName(name)) throw new Error(`expected a plain file name, got ${shown(name)}`);
  const root = realpathSync(folder);
  const path = realpathSync(join(folder, name));
  if (dirname(path) !== root && !path.startsWith(`${root}/`)) throw new Error(`it is a link to ${path}, out of the folder`);
  const now = Date.now();
  const { bytes, stat } = readPlain(path);
  const age = now - Number(stat.mtimeMs > stat.ctimeMs ? stat.mtimeMs : stat.ctimeMs);
  return { stamp: age > settledAfterMs ? stampOf(stat) : "", hash: sha256(bytes) };
}

function stampOf(stat: BigIntStats): string {
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(" ");
}

/** The bytes of a plain file, and its state right after they were read. Throws for anything else, without waiting on pipes. */
export function readPlain(path: string): { readonly bytes: Uint8Array; readonly stat: BigIntStats } {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const before = fstatSync(file, { bigint: true });
    if (!before.isFile()) throw new Error("it is not a plain file");
    if (before.size > BigInt(maxBytes)) throw new Error(`it has ${before.size} bytes, expected at most ${maxBytes}`);
    const bytes = readFileSync(file);
    return { bytes, stat: fstatSync(file, { bigint: true }) };
  } finally {
    closeSync(file);
  }
}
