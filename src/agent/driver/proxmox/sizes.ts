import type { Ctid } from "../../domain/container.ts";
import { exclusiveBytes } from "../diff/space.ts";
import { zfsUsed } from "../diff/zfs.ts";
import { isThere } from "../lxc/tree.ts";
import type { Host } from "./host.ts";
import { look } from "./observe.ts";
import { rootOf } from "./root.ts";

/** Driver.sizes: of the root file system; LVM-thin can't tell what only one snapshot holds. */
export async function sizes(host: Host, ctid: Ctid, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const root = await rootOf(host, ctid);
  if (root.on === "other") return new Map();
  if (root.on === "zfs") return zfsUsed(root.dataset, signal);
  const names = (await look(host, ctid)).snapshots.map(({ name }) => name);
  const there = await Promise.all(names.map((name) => isThere(root.snapshot(name))));
  const bytes = await exclusiveBytes(
    names.filter((_, at) => there[at]).map((name) => root.snapshot(name)),
    signal,
  );
  return new Map(
    names.flatMap((name) => {
      const found = bytes.get(root.snapshot(name));
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}
