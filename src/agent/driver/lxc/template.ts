import { createHash } from "node:crypto";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { Fault } from "../../domain/errors.ts";
import { capture } from "../process.ts";
import { namesIn, syncFolder } from "./files.ts";
import { freshId, type Pool } from "./paths.ts";
import { isThere, removeTree, type Storage } from "./tree.ts";

const archive = /\.(tar|tar\.gz|tgz|tar\.xz|tar\.zst)$/;

/** Unpacking that is under way, so that containers that are made together from one template wait for each other. */
const underWay = new Map<string, Promise<string>>();

/**
 * The folder with an unpacked template, unpacked now if it was not before. A template is a folder, or a tarball (.tar, .tar.gz, .tar.xz, .tar.zst); one that
 * has changed is another one. Fault INVALID when it does not exist.
 */
export async function templateBase(
  pool: Pool,
  storage: Storage,
  template: string,
  templatesBase: string,
  signal: AbortSignal,
): Promise<string> {
  const source = isAbsolute(template) ? template : join(templatesBase, template);
  const folder = join(pool.templates, await fingerprint(source));
  const base = join(folder, "rootfs");
  if (await isThere(base)) return base;
  const work = underWay.get(folder) ?? unpack(pool, storage, source, folder, signal);
  underWay.set(folder, work);
  try {
    return await work;
  } finally {
    underWay.delete(folder);
  }
}

async function unpack(pool: Pool, storage: Storage, source: string, folder: string, signal: AbortSignal): Promise<string> {
  const prefix = `template-${basename(folder)}-`;
  const aside = join(pool.making, `${prefix}${freshId()}`);
  const base = join(aside, "rootfs");
  await mkdir(pool.templates, { recursive: true });
  for (const name of await namesIn(pool.making)) {
    if (name.startsWith(prefix)) await removeTree(storage, join(pool.making, name)); // of an unpacking that was cut off
  }
  try {
    await storage.make(base);
    if (archive.test(source))
      await capture(["tar", "-x", "-p", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-f", source, "-C", base], { signal });
    else await capture(["cp", "-a", "--reflink=auto", "--", `${source}/.`, base], { signal });
    await capture(["sync", "--file-system", base], { signal });
    await rename(aside, folder).catch(async (error: unknown) => {
      if (!(await isThere(join(folder, "rootfs")))) throw error; // else somebody else was faster
    });
    await syncFolder(pool.templates);
  } finally {
    await removeTree(storage, aside);
  }
  return join(folder, "rootfs");
}

/** Changes when the template changes: names, sizes and times of a folder's files, or of the tarball. */
async function fingerprint(source: string): Promise<string> {
  const top = await stat(source).catch(() => null);
  if (top === null) throw new Fault("INVALID", `there is no template ${source}`, "Put it there, or correct `template` in the manifest.");
  const isArchive = top.isFile() && archive.test(source);
  if (!isArchive && !top.isDirectory()) {
    throw new Fault(
      "INVALID",
      `the template ${source} is neither a folder nor a .tar, .tar.gz, .tar.xz or .tar.zst`,
      "Correct `template` in the manifest.",
    );
  }
  const hash = createHash("sha256").update(`${source}\0${top.size}\0${top.mtimeMs}\n`);
  if (!isArchive) {
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    const rows = entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs, mode } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0, mode: 0 }));
      return entry.isDirectory() ? `${path}\0${mode}\n` : `${path}\0${size}\0${mtimeMs}\0${mode}\n`;
    });
    for (const row of (await Promise.all(rows)).toSorted()) hash.update(row);
  }
  return hash.digest("hex").slice(0, 32);
}
