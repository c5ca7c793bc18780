import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Origin } from "../../domain/step.ts";
import { baseLines } from "./base-config.ts";
import { btrfs } from "./btrfs.ts";
import { parseConfig, type Line } from "./config.ts";
import { changeable, found, moved } from "./container.ts";
import { isAttachment } from "./mounts.ts";
import { overlay } from "./overlay.ts";
import type { Home, Pool } from "./paths.ts";
import { findSnapshot, readIndex } from "./snapshots.ts";
import { templateBase } from "./template.ts";
import type { Storage } from "./tree.ts";

const btrfsMagic = 0x9123683e;

/** What a new container begins with: how its root file system is made, and its lines. */
export interface Beginning {
  readonly make: (path: string) => Promise<void>;
  readonly lines: readonly Line[];
}

/** How new containers of a pool are kept: it depends on its file system alone. */
export async function storageOf(pool: Pool): Promise<Storage> {
  return (await statfs(pool.path)).type === btrfsMagic ? btrfs : overlay;
}

/** A container that begins as a template. Fault INVALID when there is no such template. */
export async function fromTemplate(
  pool: Pool,
  templatesBase: string,
  template: string,
  tree: string,
  signal: AbortSignal,
): Promise<Beginning> {
  const storage = await storageOf(pool);
  const base = await templateBase(pool, storage, template, templatesBase, signal);
  return { make: (path) => storage.fromBase(base, path, signal), lines: baseLines(storage.rootfsPath(tree, base)) };
}

/**
 * A container that begins as another one at a snapshot: with its settings as they were then, without its volumes and mounts, which
 * are its own, and without its hardware address. Faults CONTAINER_MISSING, LOCKED, SNAPSHOT_MISSING.
 */
export async function fromClone(
  pool: Pool,
  origin: Extract<Origin, { from: "clone" }>,
  home: Home,
  tree: string,
  signal: AbortSignal,
): Promise<Beginning> {
  const source = await changeable(pool, origin.source, signal);
  const { id } = findSnapshot(await readIndex(source.home), origin.snapshot, String(origin.source));
  const stored = join(source.home.snaps, id);
  const then = found(source.home, await readFile(join(stored, "config"), "utf8"));
  const own = new Set(["phoenix.run", "lxc.net.0.hwaddr"]);
  const lines = then.lines.filter((each) => !isAttachment(each, then.home, then.tree) && !own.has(each.key));
  return {
    make: (path) => then.storage.copy(join(stored, "rootfs"), path, "live", signal),
    lines: parseConfig(moved({ ...then, lines }, home, tree)),
  };
}
