import { capture } from "../process.ts";

/** The bytes of each folder that no other place of the file system shares: what deleting it would free. */
export async function exclusiveBytes(folders: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  if (folders.length === 0) return new Map();
  const text = await capture(["btrfs", "filesystem", "du", "--summarize", "--raw", "--", ...folders], { signal });
  // "     Total   Exclusive  Set shared  Filename"
  return new Map(
    text.split("\n").flatMap((row) => {
      const match = /^\s*\d+\s+(\d+)\s+\S+\s+(.*)$/.exec(row);
      return match === null ? [] : [[match[2] ?? "", Number(match[1])] as const];
    }),
  );
}
