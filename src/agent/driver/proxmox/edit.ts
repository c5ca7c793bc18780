import { chmod, rename, stat } from "node:fs/promises";
import type { Ctid } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import { readIfThere, syncFolder, writeSynced } from "../lxc/files.ts";
import { withLock } from "./flock.ts";
import { confPath, lockPath, type Host } from "./host.ts";
import { missing } from "./observe.ts";

/**
 * Changes N.conf as pct itself does: under its lock, by a new file that takes the old one's place. `edit` gets the text and
 * gives the new one; the same text is not written. Faults CONTAINER_MISSING; CONFIG_LOCK_TIMEOUT, transient; BACKEND_FAILED, transient, where nothing
 * can be written.
 */
export async function editConf(
  host: Host,
  ctid: Ctid,
  signal: AbortSignal,
  edit: (text: string) => Promise<string> | string,
): Promise<void> {
  const path = confPath(host, ctid);
  await withLock(lockPath(host, ctid), signal, async () => {
    const text = await readIfThere(path);
    if (text === null) throw missing(ctid);
    const edited = await edit(text);
    if (edited !== text) await replace(path, edited).catch((thrown: unknown) => Promise.reject(unwritable(path, thrown)));
  });
}

function unwritable(path: string, thrown: unknown): Fault {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const remedy = "without a quorum of the cluster nothing in /etc/pve can be written: pvecm status";
  return new Fault("BACKEND_FAILED", `${path} can't be written: ${why}`, remedy, "transient");
}

/** The Proxmox cluster file system sets owner and mode by itself; elsewhere they stay as they were. */
async function replace(path: string, text: string): Promise<void> {
  const { mode } = await stat(path);
  // As Proxmox names its own: what a crash leaves of it is never read.
  const aside = `${path}.tmp.${process.pid}.${Date.now()}`;
  await writeSynced(aside, text, mode & 0o777);
  await chmod(aside, mode & 0o777).catch(() => {});
  await rename(aside, path);
  await syncFolder(path.slice(0, path.lastIndexOf("/")));
}
