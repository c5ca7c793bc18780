import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, syncFolder, writeAtomic } from "../lxc/files.ts";

/** A pct task that we have begun and not seen the end of. On disk before it begins, so that what it leaves behind is known to be ours. */
export interface Intent {
  readonly run: string;
  readonly task: Task;
  /** The snapshot that it is about; "" for none. */
  readonly snapshot: string;
  /** Where it makes a container: the CTID of what it copies; null when it copies none. */
  readonly source: Ctid | null;
  /** An entry of the environment of every process that it has: "PHOENIX_PCT=…". */
  readonly mark: string;
}

export type Task =
  "snapshot" | "rollback" | "delsnapshot" | "create" | "destroy" | "clone" | "start" | "shutdown" | "stop" | "set" | "resize";

/** The `lock:` that a task leaves in N.conf when it is cut off (facts/proxmox.md, "Locks"). */
export const lockOf: Readonly<Partial<Record<Task, string>>> = {
  snapshot: "snapshot",
  rollback: "rollback",
  delsnapshot: "snapshot-delete",
  create: "create",
  clone: "create",
  destroy: "destroyed",
  resize: "disk",
};

/** The one that a clone leaves in what it copies. */
export const lockOfSource = "disk";

export async function readIntent(state_dir: string, ctid: Ctid): Promise<Intent | null> {
  const text = await readIfThere(fileOf(state_dir, ctid));
  return text === null ? null : (JSON.parse(text) as Intent);
}

/** On disk when it resolves. */
export async function writeIntent(state_dir: string, ctid: Ctid, intent: Intent): Promise<void> {
  await mkdir(dirname(fileOf(state_dir, ctid)), { recursive: true });
  await writeAtomic(fileOf(state_dir, ctid), JSON.stringify(intent));
}

export async function forgetIntent(state_dir: string, ctid: Ctid): Promise<void> {
  await rm(fileOf(state_dir, ctid), { force: true });
  await syncFolder(state_dir);
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.task`);
}
