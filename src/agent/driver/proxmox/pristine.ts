import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, writeAtomic } from "../lxc/files.ts";
import { generatedConfig, type Host } from "./host.ts";

/**
 * Which start of a container was its last one: no other start has the same mark. Proxmox writes the container's LXC configuration anew at each. Not a
 * time that is compared with others: the host's clock may have been set since.
 */
export async function lastStart(host: Pick<Host, "settings">, ctid: Ctid): Promise<string> {
  try {
    const { ino, mtimeNs } = await stat(generatedConfig(host, ctid), { bigint: true });
    return `${ino}:${mtimeNs}`;
  } catch {
    return "never";
  }
}

/**
 * The last start of a container before it was, stopped, exactly a snapshot: when we brought it back to that, or took the snapshot. It stays so until it
 * is started. Null: not known.
 */
export async function readPristine(state_dir: string, ctid: Ctid, snapshot: string): Promise<string | null> {
  const [name, start] = ((await readIfThere(fileOf(state_dir, ctid))) ?? "").split("\n");
  return name === snapshot ? (start ?? null) : null;
}

export async function writePristine(state_dir: string, ctid: Ctid, snapshot: string, start: string): Promise<void> {
  await mkdir(state_dir, { recursive: true });
  await writeAtomic(fileOf(state_dir, ctid), `${snapshot}\n${start}\n`);
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.restored`);
}
