import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { capture } from "../process.ts";

/** This life of the agent: folders of others were left behind. */
const life = randomBytes(8).toString("hex");
let last = 0;

/** Gives work a folder of its own in `folder`, for subvolumes that nobody else knows of; those of earlier lives are taken away. */
export async function withAside<T>(folder: string, work: (aside: string) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (!name.startsWith(`${life}-`)) await remove(join(folder, name));
  const aside = join(folder, `${life}-${(last += 1)}`);
  await mkdir(aside);
  try {
    return await work(aside);
  } finally {
    await remove(aside);
  }
}

async function remove(aside: string): Promise<void> {
  for (const name of await readdir(aside)) await capture(["btrfs", "subvolume", "delete", "--", join(aside, name)]);
  await rm(aside, { recursive: true, force: true });
}
