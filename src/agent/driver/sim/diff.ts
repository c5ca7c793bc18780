import type { Change } from "../../domain/change.ts";
import type { Ctid, Moment } from "../../domain/container.ts";
import { find, type Files, type SimFile } from "./model.ts";
import { abortFault, type Sim } from "./perform.ts";
import { findSnapshot } from "./snapshots.ts";

/** Driver.diff. */
export async function diff(
  sim: Sim,
  ctid: Ctid,
  from: string,
  to: Moment,
  take: (change: Change) => Promise<void> | void,
  signal: AbortSignal,
): Promise<"whole"> {
  if (signal.aborted) throw abortFault(signal);
  const container = find(sim.options.storage.read(), ctid);
  const then = findSnapshot(container, from).rootfs;
  const now = to.at === "now" ? container.rootfs : findSnapshot(container, to.name).rootfs;
  for (const path of [...new Set([...Object.keys(then), ...Object.keys(now)])].toSorted()) {
    signal.throwIfAborted();
    const change = changeAt(path, then[path], now[path]);
    if (change !== null) await take(change);
  }
  return "whole";
}

function changeAt(path: string, before: SimFile | undefined, after: SimFile | undefined): Change | null {
  const at = { path: path.replace(/(?<=.)\/$/, ""), kind: path.endsWith("/") ? "folder" : "file" } as const;
  if (before === undefined) return after === undefined ? null : { ...at, is: "added", bytes: after.bytes.length };
  if (after === undefined) return { ...at, is: "removed", bytes: before.bytes.length };
  if (before.bytes === after.bytes && before.mode === after.mode) return null;
  const detail = before.mode === after.mode ? "" : `mode ${before.mode.toString(8)} -> ${after.mode.toString(8)}`;
  return { ...at, is: "changed", before: before.bytes.length, bytes: after.bytes.length, detail };
}

/** Driver.sizes: what no other state has. */
export async function sizes(sim: Sim, ctid: Ctid): Promise<ReadonlyMap<string, number>> {
  const { snapshots, rootfs } = find(sim.options.storage.read(), ctid);
  return new Map(
    snapshots.map(({ name, rootfs: own }) => {
      const others: readonly Readonly<Files>[] = [rootfs, ...snapshots.filter((other) => other.name !== name).map((other) => other.rootfs)];
      const alone = Object.entries(own).filter(([path, file]) => !others.some((other) => other[path]?.bytes === file.bytes));
      return [name, alone.reduce((sum, [, file]) => sum + file.bytes.length, 0)] as const;
    }),
  );
}
