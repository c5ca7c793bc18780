import type { CloneSupport, SnapshotSupport } from "../../domain/container.ts";
import type { Part } from "./parts.ts";

/** A storage of storage.cfg. */
export type Storage = Part;

/** How snapshots of a container's volumes can be used, by the type of storage (facts/proxmox.md, "Snapshots and rollback"). */
const kinds: Readonly<Record<string, "any" | "newest">> = { btrfs: "any", lvmthin: "any", rbd: "any", zfspool: "newest" };

/** The storages as this node has them: what is only for other nodes of a cluster is as good as disabled. */
export function onNode(storages: ReadonlyMap<string, Storage>, node: string): ReadonlyMap<string, Storage> {
  const isHere = ({ fields }: Storage) => (fields.get("nodes") ?? node).split(/[\s,;]+/).includes(node);
  const away = (storage: Storage): Storage => ({ ...storage, fields: new Map([...storage.fields, ["disable", "1"]]) });
  return new Map([...storages].map(([name, storage]) => [name, isHere(storage) ? storage : away(storage)]));
}

/** Whether volumes of containers may lie there: its content, which for those types is everything when it is not said. */
export function holdsContainers({ type, fields }: Storage): boolean {
  const content = fields.get("content");
  if (fields.has("disable")) return false;
  return content === undefined ? kinds[type] !== undefined : content.split(/[\s,;]+/).includes("rootdir");
}

/** Where a container goes that names no pool: the first storage that can snapshot containers, else the first that can hold them. */
export function defaultPool(storages: ReadonlyMap<string, Storage>): string | null {
  const usable = [...storages.values()].filter(holdsContainers);
  return (usable.find(({ type }) => kinds[type] !== undefined) ?? usable[0])?.name ?? null;
}

/** The storage that a volume id is on: "btr" of "btr:101/vm-101-disk-1.raw"; null for a path. */
export function poolOf(volume: string): string | null {
  return volume.startsWith("/") || !volume.includes(":") ? null : volume.slice(0, volume.indexOf(":"));
}

/** What can be done with snapshots of a container that has these volumes in them: what the weakest of their storages can. */
export function snapshotSupport(volumes: readonly string[], storages: ReadonlyMap<string, Storage>): SnapshotSupport {
  const found = volumes.map((volume) => supportOf(volume, storages));
  return found.find(({ can }) => can === "none") ?? found.find(({ can }) => can === "newest") ?? { can: "any" };
}

function supportOf(volume: string, storages: ReadonlyMap<string, Storage>): SnapshotSupport {
  const pool = poolOf(volume);
  if (pool === null) return { can: "none", why: `${volume === "" ? "its root file system" : volume} is not on a storage of Proxmox` };
  const storage = storages.get(pool);
  if (storage === undefined) return { can: "none", why: `${volume} is on storage ${pool}, which is not in storage.cfg` };
  const can = kinds[storage.type];
  return can === undefined
    ? { can: "none", why: `${volume} is on storage ${pool}, and type ${storage.type} can't snapshot containers` }
    : { can };
}

/** What a container whose root file system is this volume can be cloned from: of subvolumes on btrfs, pct can't clone snapshots (facts, "Other"). */
export function cloneSupport(root: string, storages: ReadonlyMap<string, Storage>): CloneSupport {
  const support = supportOf(root, storages);
  if (support.can === "none") return { can: "stopped", why: support.why };
  const pool = poolOf(root) ?? "";
  const isSubvolume = storages.get(pool)?.type === "btrfs" && root.endsWith(".subvol");
  if (!isSubvolume) return { can: "snapshot or stopped" };
  return { can: "stopped", why: `on storage ${pool} (btrfs) only a stopped container can be cloned, as it is now` };
}
