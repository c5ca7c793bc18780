import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** A file of a package. */
export interface PackagedFile {
  /** Where it lands, without the first "/". */
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly mode: number;
}

/** Where packages are made. */
export interface Workshop {
  /** The folder that gets them; exists. */
  readonly out: string;
  /** A folder for what is needed meanwhile; exists. */
  readonly work: string;
  /** The time of everything in them, seconds since 1970. */
  readonly epoch: number;
}

/** A file of the checkout. */
export function from(source: string, path: string, mode = 0o644): PackagedFile {
  return { path, content: readFileSync(source), mode };
}

/** A file as Debian wants what it compresses: with the best compression, and no name or time of its own. */
export function gzipped(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** Writes files into a new folder. Their modes and times, and those of the folders, depend on neither umask nor clock. */
export function layOut(root: string, files: readonly PackagedFile[], epoch: number): void {
  rmSync(root, { recursive: true, force: true });
  for (const { path, content, mode } of files) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    utimesSync(file, epoch, epoch);
  }
  settle(root, epoch);
}

/** Inner folders first: what is done in one changes the time of the one around it. */
function settle(folder: string, epoch: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) settle(join(folder, entry.name), epoch);
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, epoch, epoch);
}
