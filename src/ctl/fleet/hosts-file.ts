import { mkdir, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { hostsText, readHosts } from "./hosts-shape.ts";
import { noHosts, type Hosts } from "./hosts.ts";

/** The file of hosts, in the folder of the configuration. */
export function hostsFile(folder: string): string {
  return join(folder, "hosts.json");
}

/** All hosts; none where there is no file, or no folder for it. Throws Complaint when the file can't be read, or says what can't be meant. */
export async function loadHosts(folder: string | null): Promise<Hosts> {
  if (folder === null) return noHosts;
  const file = hostsFile(folder);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return noHosts;
    throw complaint(exit.failed, `${file} can't be read: ${message}.`);
  }
  const reading = readHosts(text);
  if (reading.kind === "good") return reading.hosts;
  throw complaint(
    exit.usage,
    `${file} is not right. Nothing was done.`,
    reading.problems.map((problem) => ["wrong", problem] as const),
  );
}

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
  // Only those who write load what it takes: most commands read, and their start would wait for it.
  const { exclusively } = await import("./exclusive.ts");
  return exclusively(await realpath(folder), async () => {
    const changed = await edit(await loadHosts(folder));
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
