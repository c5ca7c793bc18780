import { statfs } from "node:fs/promises";
import { defaultPool, holdsContainers, type Storage } from "./storage.ts";

/** Bytes free on the storages that are folders, or mounted as one; "" is the one that is taken where none is named. Others can't be asked without a spawn. */
export async function freeBytes(storages: ReadonlyMap<string, Storage>): Promise<ReadonlyMap<string, number>> {
  const free = new Map<string, number>();
  for (const storage of [...storages.values()].filter(holdsContainers)) {
    const folder = storage.fields.get("path") ?? storage.fields.get("mountpoint");
    const found = folder === undefined ? null : await statfs(folder).catch(() => null);
    if (found !== null) free.set(storage.name, found.bavail * found.bsize);
  }
  const byDefault = free.get(defaultPool(storages) ?? "");
  return byDefault === undefined ? free : free.set("", byDefault);
}
