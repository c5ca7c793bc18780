import type { Change } from "../../domain/change.ts";
import type { Ctid, Moment } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { btrfsDiff } from "../diff/btrfs.ts";
import { zfsDiff } from "../diff/zfs.ts";
import { checkAbort } from "../process.ts";
import type { Host } from "./host.ts";
import { checkSnapshots, rootOf } from "./root.ts";

/** Driver.diff: of the root file system, by the storage's own means; pct has none. */
export async function diff(
  host: Host,
  ctid: Ctid,
  from: string,
  to: Moment,
  take: (change: Change) => Promise<void> | void,
  signal: AbortSignal,
): Promise<"whole" | "cut"> {
  checkAbort(signal);
  await checkSnapshots(host, ctid, [from, ...(to.at === "now" ? [] : [to.name])]);
  const root = await rootOf(host, ctid);
  switch (root.on) {
    case "btrfs": {
      const after = to.at === "now" ? root.path : root.snapshot(to.name);
      return btrfsDiff({ before: root.snapshot(from), after, asides: root.asides }, take, signal);
    }
    case "zfs":
      return zfsDiff(root.dataset, from, to, take, signal);
    case "other":
      throw new Fault(
        "UNSUPPORTED",
        `container ${ctid}: ${root.why}, which can't tell what is different between two states`,
        "root file systems on btrfs (subvolumes) and ZFS can",
      );
  }
}
