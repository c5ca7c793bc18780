// What can be said of a host without an agent that runs. Pure.
import type { Manifest } from "../config/manifest-types.ts";
import type { Inventory } from "../domain/container.ts";
import type { Finding } from "../domain/finding.ts";
import type { HostFacts, Known, StateFolder } from "./facts.ts";
import { bytesText, countText, error, otherwise, troubled, warn } from "./say.ts";

/** Pools with less than this are warned of; below `least` nothing can be made or snapshotted any more. */
const pool = { low: 5 * 2 ** 30, least: 2 ** 30 };
/** The same for the database and its copies. */
const state = { low: 2 ** 30, least: 2 ** 26 };

/** Whether the driver answers, and the platform's folder is there. */
export function platformRule({ driver, platform }: Pick<HostFacts, "driver" | "platform">): readonly Finding[] {
  if (!platform.known) return [troubled("platform", `driver ${driver}`, platform.failure)];
  return otherwise([], "platform", `driver ${driver} answers: ${countText(platform.value.containers.size, "container")}`);
}

/** Whether what the manifest names can be snapshotted where it lies. */
export function storageRule(manifest: Manifest, { containers }: Inventory): readonly Finding[] {
  const there = [...manifest.containers.keys()].flatMap((ctid) => containers.get(ctid) ?? []);
  const found = there.flatMap(({ ctid, snapshot_support: support }): readonly Finding[] =>
    support.can === "none"
      ? [
          error(
            "storage",
            `${ctid} can't be snapshotted: ${support.why}`,
            "move its root file system to a storage with snapshots: ZFS, btrfs, LVM-thin or Ceph; letsgo can't restore it until then",
          ),
        ]
      : [],
  );
  return otherwise(found, "storage", `snapshots can be taken of ${countText(there.length, "container")} of the manifest`);
}

/** Whether notifications can be signed, by a secret that is one. Nothing is said where nobody is notified. */
export function notifyRule({ notify }: Pick<HostFacts, "notify">): readonly Finding[] {
  if (notify === null) return [];
  if (!notify.known) return [troubled("notifications", "they can't be signed", notify.failure)];
  const { secret_file: file, mode } = notify.value;
  const open = warn("notifications", `${file} can be read by others than root`, `chmod 600 ${file}`);
  return otherwise((mode & 0o077) === 0 ? [] : [open], "notifications", `they are signed with the secret in ${file}`);
}

/** Whether there is room, as far as it is known: for containers, and for the agent's own database. */
export function spaceRule(platform: Known<Inventory>, folder: Known<StateFolder>): readonly Finding[] {
  const pools = platform.known ? poolFindings(platform.value.free_bytes) : [];
  const ours = folder.known
    ? level(
        folder.value.free_bytes,
        state,
        `the state folder ${folder.value.folder}`,
        "make room on its file system; runs can't be journaled without",
      )
    : [troubled("space", "the state folder", folder.failure)];
  return otherwise([...pools, ...ours], "space", "there is room on the storages that can be asked, and for the state folder");
}

/** The default pool stands in the list by its own name too. */
function poolFindings(free: ReadonlyMap<string, number>): readonly Finding[] {
  const named = [...free].filter(([name]) => name !== "");
  const remedy = "make room: phoenixctl snapshot list --size shows what snapshots hold";
  return (named.length === 0 ? [...free] : named).flatMap(([name, bytes]) =>
    level(bytes, pool, name === "" ? "the storage of the containers" : `storage ${name}`, remedy),
  );
}

function level(bytes: number, limits: typeof pool, what: string, remedy: string): readonly Finding[] {
  if (bytes >= limits.low) return [];
  return [(bytes < limits.least ? error : warn)("space", `${what} has ${bytesText(bytes)} free`, remedy)];
}
