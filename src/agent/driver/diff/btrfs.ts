import { join } from "node:path";
import type { Change } from "../../domain/change.ts";
import { capture } from "../process.ts";
import { withAside } from "./aside.ts";
import { compared, pairsOf } from "./compare.ts";
import { mostPaths, toItsEnd } from "./limits.ts";
import { sendStreamReader } from "./send-stream.ts";
import { touches } from "./touched.ts";
import { treeAt } from "./tree.ts";

/** Two subvolumes, and a folder on their file system that nobody else looks into. */
export interface Subvolumes {
  readonly before: string;
  readonly after: string;
  readonly asides: string;
}

/**
 * What btrfs itself knows of the difference between two subvolumes: `btrfs send` without data compares their trees, and reads
 * nothing that is the same in both. It sends copies, so that the subvolumes themselves may be deleted meanwhile, and written.
 */
export async function btrfsDiff(
  { before, after, asides }: Subvolumes,
  take: (change: Change) => Promise<void> | void,
  signal: AbortSignal,
): Promise<"whole" | "cut"> {
  return withAside(asides, async (aside) => {
    const copies = { before: join(aside, "before"), after: join(aside, "after") };
    await capture(["btrfs", "subvolume", "snapshot", "-r", "--", before, copies.before], { signal });
    await capture(["btrfs", "subvolume", "snapshot", "-r", "--", after, copies.after], { signal });
    return diffOf(copies, take, signal);
  });
}

async function diffOf(
  copies: { readonly before: string; readonly after: string },
  take: (change: Change) => Promise<void> | void,
  signal: AbortSignal,
): Promise<"whole" | "cut"> {
  const enough = new AbortController();
  const touched = touches(mostPaths);
  const read = sendStreamReader((command) => {
    if (!touched.take(command)) enough.abort();
  });
  let said = "";
  const output = {
    stdout: (chunk: Uint8Array) => (enough.signal.aborted ? undefined : read(chunk)),
    stderr: (chunk: Uint8Array) => void (said = (said + Buffer.from(chunk).toString()).slice(-1000)),
  };
  const argv = ["btrfs", "send", "--quiet", "--no-data", "-p", copies.before, "--", copies.after];
  await toItsEnd({ argv, output }, () => said, signal, enough.signal);
  const [before, after] = [treeAt(copies.before), treeAt(copies.after)];
  for await (const change of compared(await pairsOf(touched.result, before, after), before, after)) {
    signal.throwIfAborted();
    await take(change);
  }
  return enough.signal.aborted ? "cut" : "whole";
}
