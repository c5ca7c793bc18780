import { readFileSync } from "node:fs";
import { join } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { readHosts } from "./hosts-shape.ts";
import { noHosts, type Hosts } from "./hosts.ts";

/** The file of hosts, in the folder of the configuration. */
export function hostsFile(folder: string): string {
  return join(folder, "hosts.json");
}

/** All hosts; none where there is no file, or no folder for it. Throws Complaint when the file can't be read, or says what can't be meant. */
export function loadHosts(folder: string | null): Hosts {
  if (folder === null) return noHosts;
  const file = hostsFile(folder);
  let text: string;
  try {
    // Every start waits for this: node:fs/promises would have to be loaded for it, and takes longer than a small file.
    text = readFileSync(file, "utf8");
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
