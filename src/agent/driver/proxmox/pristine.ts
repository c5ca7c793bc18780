import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, writeAtomic } from "../lxc/files.ts";

/**
 * When a container, stopped, was last known to be exactly a snapshot, in milliseconds since 1970: when we brought it back to that, or took the snapshot. It stays
 * so until it is started. 0: never.
 */
export async function readPristine(state_dir: string, ctid: Ctid, snapshot: string): Promise<number> {
  const [name, at] = ((await readIfThere(fileOf(state_dir, ctid))) ?? "").split("\n");
  return name === snapshot ? Number(at) : 0;
}

export async function writePristine(state_dir: string, ctid: Ctid, snapshot: string, at: number): Promise<void> {
  await mkdir(state_dir, { recursive: true });
  await writeAtomic(fileOf(state_dir, ctid), `${snapshot}\n${at}\n`);
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.restored`);
}
