import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { exclusively } from "./exclusive.ts";
import { hostsFile, loadHosts } from "./hosts-file.ts";
import { hostsText } from "./hosts-shape.ts";
import type { Hosts } from "./hosts.ts";

/**
 * Changes the hosts: `edit` gets them as they are now, and what it gives is what the file says afterwards, whole, or not at all. Others
 * who change them at the same time wait for their turn. What `edit` throws leaves everything as it was. Gives the new hosts.
 */
export async function changeHosts(folder: string, edit: (hosts: Hosts) => Hosts | Promise<Hosts>): Promise<Hosts> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw complaint(exit.failed, `${folder} can't be made: ${(thrown as Error).message}.`, [["elsewhere", "PHOENIX_CONFIG_DIR=FOLDER"]]);
  }
  return exclusively(await realpath(folder), async () => {
    const changed = await edit(loadHosts(folder));
    await writeWhole(hostsFile(folder), hostsText(changed));
    return changed;
  });
}

/** Replaces a file at once, for its owner alone. Where it is a link, what it leads to. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const partial = `${file}.${process.pid}.new`;
  try {
    const handle = await open(partial, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    await syncFolder(dirname(file));
  } catch (thrown) {
    await rm(partial, { force: true });
    throw complaint(exit.failed, `${file} can't be written: ${(thrown as Error).message}. Nothing was changed.`);
  }
}

/** So that the new name is still there after the power has failed. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
