import { realpathSync } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConfigFile } from "../../domain/config.ts";
import type { BlobHash } from "../../domain/step.ts";
import type { AgentSettings } from "../settings.ts";

/** Where a configuration lies on the host. */
export type Where = Pick<AgentSettings, "manifest" | "scripts" | "features">;

/** What is written to the host's disk. Tests let it fail. */
export interface Disk {
  /** Puts a file there whole, in place of the one that may be there, whose owner and mode it takes over. It is on disk then. */
  readonly write: (path: string, content: Uint8Array, mode: number) => Promise<void>;
  /** Takes a file away; one that is not there is fine. */
  readonly remove: (path: string) => Promise<void>;
}

/** Where a file lies. The manifest may be a link to elsewhere, which stays one. */
export function pathOf({ place, name }: Pick<ConfigFile, "place" | "name">, where: Where): string {
  return place === "manifest" ? throughLinks(where.manifest) : join(where[place], name);
}

function throughLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Modes of files that were not there: others may not read passwords, and scripts may be run. */
const modes = { manifest: 0o600, scripts: 0o755, features: 0o755 } as const;

/** Makes the disk have these files with these contents, where it does not already (`has`), and not have those. Can be repeated after it was cut off. */
export async function lay(
  files: readonly ConfigFile[],
  removals: readonly ConfigFile[],
  has: (file: ConfigFile) => BlobHash | null,
  content: (hash: BlobHash) => Uint8Array,
  where: Where,
  disk: Disk,
): Promise<void> {
  for (const file of files) {
    if (has(file) !== file.hash) await disk.write(pathOf(file, where), content(file.hash), modes[file.place]);
  }
  // Scripts and features may lie in one folder.
  const stays = new Set(files.map((file) => pathOf(file, where)));
  for (const file of removals) {
    const path = pathOf(file, where);
    if (has(file) !== null && !stays.has(path)) await disk.remove(path);
  }
}

/** A name that scripts can't have, since it is hidden; what a cut off write leaves, the next one takes. */
const draft = ".phoenix-draft";

export const realDisk: Disk = {
  async write(path, content, mode) {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const old = await stat(path).catch(() => null);
    const aside = join(folder, draft);
    await rm(aside, { force: true });
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(content);
      if (old?.isFile() === true) await file.chown(old.uid, old.gid);
      await file.chmod(old?.isFile() === true ? old.mode & 0o7777 : mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await synced(folder);
  },
  async remove(path) {
    await rm(path, { force: true });
    await synced(dirname(path));
  },
};

async function synced(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
