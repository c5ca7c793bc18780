import { join } from "node:path";
import type { Change } from "../../domain/change.ts";
import type { Ctid, Moment } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { btrfsDiff } from "../diff/btrfs.ts";
import { checkAbort } from "../process.ts";
import { subvolumesIn } from "./btrfs.ts";
import { existing, type Found } from "./container.ts";
import { attachmentsOf, volumeSource } from "./mounts.ts";
import type { Pool } from "./paths.ts";
import { findSnapshot, readIndex } from "./snapshots.ts";
import { volumesOf } from "./tree.ts";

type Take = (change: Change) => Promise<void> | void;

/** Driver.diff: of the root file system, and of the volumes that go into snapshots with it. */
export async function diff(pool: Pool, ctid: Ctid, from: string, to: Moment, take: Take, signal: AbortSignal): Promise<"whole" | "cut"> {
  checkAbort(signal);
  const container = await existing(pool, ctid);
  const index = await readIndex(container.home);
  const treeOf = (name: string) => join(container.home.snaps, findSnapshot(index, name, String(ctid)).id);
  const then = treeOf(from);
  const now = to.at === "now" ? container.tree : treeOf(to.name);
  if (container.storage.smears) {
    throw new Fault(
      "UNSUPPORTED",
      `container ${ctid} lies on a file system that has no snapshots of its own, and can't tell what is different between two states`,
      "btrfs and ZFS can",
    );
  }
  const asides = join(pool.path, ".diffs");
  let all: "whole" | "cut" = "whole";
  for (const part of await partsOf(container, then, now)) {
    if ((await subvolumes({ before: join(then, part.path), after: join(now, part.path), asides }, part.at, take, signal)) === "cut")
      all = "cut";
  }
  return all;
}

/** What both trees have, and where it is in the container. */
async function partsOf({ lines, home, tree }: Found, then: string, now: string) {
  const attachments = attachmentsOf(lines, home, tree);
  const before = new Set(await volumesOf(then));
  const both = (await volumesOf(now)).filter((name) => before.has(name));
  const volumes = both.flatMap((name) => {
    const attached = attachments.find(({ source }) => source === volumeSource(name, true));
    return attached === undefined ? [] : [{ path: join("volumes", name), at: attached.container_path }];
  });
  return [{ path: "rootfs", at: "" }, ...volumes];
}

/** Subvolumes inside (docker and systemd make some) are compared one by one, as they are copied. */
async function subvolumes(
  of: { readonly before: string; readonly after: string; readonly asides: string },
  at: string,
  take: Take,
  signal: AbortSignal,
): Promise<"whole" | "cut"> {
  const below = (path: string) => (at === "" ? path : join(at, path));
  const outer = await btrfsDiff(
    of,
    (change) => take({ ...change, path: below(change.path), ...(change.is === "moved" ? { from: below(change.from) } : {}) }),
    signal,
  );
  const [before, after] = [await subvolumesIn(of.before), await subvolumesIn(of.after)];
  const one = (is: "added" | "removed", inner: string) => take({ is, kind: "folder", path: join("/", at, inner), bytes: 0 });
  for (const inner of before.filter((path) => !after.includes(path))) await one("removed", inner);
  let all = outer;
  for (const inner of after) {
    if (!before.includes(inner)) await one("added", inner);
    else if (
      (await subvolumes({ ...of, before: join(of.before, inner), after: join(of.after, inner) }, join("/", at, inner), take, signal)) ===
      "cut"
    )
      all = "cut";
  }
  return all;
}
