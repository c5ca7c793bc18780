import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** One hash over the names and the contents of files. */
export function hashFiles(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update("\0").update(readFileSync(path));
  return hash.digest("hex");
}

/** Whether the outputs are there and were made from inputs of this hash. */
export function isFresh(stamp: string, hash: string, outputs: readonly string[]): boolean {
  return outputs.every((path) => existsSync(path)) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
}

/** Records what the outputs were made from; to be called when they are complete. */
export function markFresh(stamp: string, hash: string): void {
  writeFileSync(stamp, hash);
}
