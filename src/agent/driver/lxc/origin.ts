import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Origin } from "../../domain/step.ts";
import { baseLines } from "./base-config.ts";
import { btrfs } from "./btrfs.ts";
import { parseConfig, type Line } from "./config.ts";
import { changeable, found, moved, type Found } from "./container.ts";
import { thaw, whileFrozen } from "./freeze.ts";
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

/** Lines by which two containers would get in each other's way: who made it, addresses, and starting with the host. */
const own = /^(?:phoenix\.run|lxc\.net\.\d+\.(?:hwaddr|ipv[46]\.(?:address|gateway))|lxc\.start\..*|lxc\.group)$/;

/**
 * A container that begins as another one, at a snapshot with its settings as they were then, or as it is now: without its volumes
 * and mounts, which are its own, and without its addresses. Faults CONTAINER_MISSING, LOCKED, SNAPSHOT_MISSING.
 */
export async function fromClone(
  pool: Pool,
  origin: Exclude<Origin, { from: "template" }>,
  home: Home,
  tree: string,
  signal: AbortSignal,
): Promise<Beginning> {
  const source = await changeable(pool, origin.source, signal);
  await thaw(pool, source.home);
  const then = origin.from === "live" ? { ...source, from: source.tree } : await stateAt(source, origin.snapshot);
  const lines = then.lines.filter((each) => !isAttachment(each, source.home, then.tree) && !own.test(each.key));
  return {
    make: (path) => {
      const copy = () => source.storage.copy(join(then.from, "rootfs"), path, "live", signal);
      return origin.from === "live" && source.storage.smears ? whileFrozen(pool, source.home, copy) : copy();
    },
    lines: parseConfig(moved({ ...then, lines }, home, tree)),
  };
}

/** A container as it was at a snapshot; `from` is where its tree lies now. */
async function stateAt(source: Found, name: string): Promise<Found & { readonly from: string }> {
  const { id } = findSnapshot(await readIndex(source.home), name, String(source.home.ctid));
  const from = join(source.home.snaps, id);
  return { ...found(source.home, await readFile(join(from, "config"), "utf8")), from };
}
