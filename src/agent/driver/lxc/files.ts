import { open, readdir, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { freshId } from "./paths.ts";
import { Fault } from "../../domain/errors.ts";
import { systemWords } from "../../domain/system-words.ts";

/** The end of the names of files that are being written. */
export const halfWritten = ".writing";

/** Writes a file so that it has either its old content or the new one, whatever happens, and is on disk afterwards. */
export async function writeAtomic(path: string, content: string): Promise<void> {
  const aside = `${path}.${freshId()}${halfWritten}`;
  await writeSynced(aside, content, 0o644);
  await rename(aside, path);
  await syncFolder(dirname(path));
}

/** Writes a new file and waits until it is on disk. */
export async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until what was made, renamed and deleted in a folder is on disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A file's text; null when there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The names in a folder, sorted; none when there is no such folder. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * The names in a folder that has to be there, sorted. Were one that is not mounted taken for an empty one, everything in it
 * would be made anew. Fault BACKEND_FAILED with the remedy.
 */
export async function namesInPlatform(path: string, remedy: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    const why = isMissing(error) ? "is not there" : `can't be read: ${systemWords(error)}`;
    throw new Fault("BACKEND_FAILED", `${path} ${why}`, remedy, "transient");
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
