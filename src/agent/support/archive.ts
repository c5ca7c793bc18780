import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { Fault } from "../domain/errors.ts";
import { systemWords } from "../domain/system-words.ts";

/** A file of an archive. */
export interface Part {
  readonly name: string;
  readonly text: string;
}

/** Writes a .tar.gz that only its owner can read, whose files are in a folder of this name. Throws Fault INVALID; nothing is overwritten. */
export function writeArchive(file: string, folder: string, parts: readonly Part[], now: number): { readonly bytes: number } {
  const data = gzipSync(
    createTar(parts.map(({ name, text }) => ({ name: `${folder}/${name}`, data: text, attrs: { mode: "0600", mtime: now } }))),
  );
  const open = () => {
    try {
      return openSync(file, "wx", 0o600);
    } catch (error) {
      throw new Fault(
        "INVALID",
        `${file} can't be written: ${systemWords(error)}`,
        "give the name of a file that is not there yet, in a folder that is",
      );
    }
  };
  const handle = open();
  try {
    writeFileSync(handle, data);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return { bytes: data.length };
}
