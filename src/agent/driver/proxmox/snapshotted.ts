import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, writeAtomic } from "../lxc/files.ts";

/**
 * The volumes of a container that go into its snapshots (`snapshot: true` in the manifest), by volume id. Proxmox has no place for this in
 * N.conf that it would not read itself. Where the file is lost they are kept out of snapshots, which costs no data.
 */
export async function readSnapshotted(state_dir: string, ctid: Ctid): Promise<ReadonlySet<string>> {
  const text = await readIfThere(fileOf(state_dir, ctid));
  return new Set((text ?? "").split("\n").filter((line) => line !== ""));
}

export async function writeSnapshotted(state_dir: string, ctid: Ctid, volumes: ReadonlySet<string>): Promise<void> {
  await mkdir(dirname(fileOf(state_dir, ctid)), { recursive: true });
  await writeAtomic(
    fileOf(state_dir, ctid),
    [...volumes]
      .toSorted()
      .map((volume) => `${volume}\n`)
      .join(""),
  );
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.snapshotted`);
}
