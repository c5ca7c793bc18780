import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { getRawAsset, isSea } from "node:sea";
import type { VirtualFileSystem } from "node:vfs";
import type { Options } from "better-sqlite3";

/** The name under which the build puts better-sqlite3's native half into the executable. */
export const addonAsset = "better_sqlite3.node";

/** The type package knows the path form alone, though the library takes the loaded addon as well. */
type Binding = Options["nativeBinding"];

/** The types of Node know the file system, not yet its mounting. */
interface MountableFiles extends VirtualFileSystem {
  mount(): unknown;
  readonly mountPoint: string;
}

let loaded: object | undefined;

/**
 * What `new Database(file, { nativeBinding })` needs inside the executable, where there is no node_modules to find the addon in;
 * undefined when running from sources. The folder is used only where the addon can't be loaded from memory.
 */
export function nativeBinding(folder: string): Binding {
  if (!isSea()) return undefined;
  // A process can load the addon once; every later database shares it.
  loaded ??= load(Buffer.from(getRawAsset(addonAsset)), folder);
  return loaded as unknown as Binding;
}

function load(addon: Buffer, folder: string): object {
  try {
    return loadFromMemory(addon);
  } catch {
    return loadFromFile(addon, folder);
  }
}

/** Leaves nothing on disk. Node lends such a module a memory file, which a hardened kernel or a mount option may refuse to execute. */
export function loadFromMemory(addon: Buffer): object {
  const files = process.getBuiltinModule("node:vfs").create() as MountableFiles;
  files.writeFileSync(`/${addonAsset}`, addon);
  files.mount();
  return open(join(files.mountPoint, addonAsset));
}

/** Named by its content, so that another version never loads it, and checked, so that a half-written or changed one is replaced. */
export function loadFromFile(addon: Buffer, folder: string): object {
  const path = resolve(folder, `better_sqlite3-${sha256(addon).slice(0, 16)}.node`);
  if (!existsSync(path) || sha256(readFileSync(path)) !== sha256(addon)) {
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, addon, { mode: 0o700 });
    renameSync(partial, path);
  }
  return open(path);
}

function open(path: string): object {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
