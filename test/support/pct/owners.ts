import { chmodSync, lchownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FIRST_UID } from "./lxc-config.ts";

function shift(path: string): void {
  const { uid, gid, mode } = lstatSync(path);
  lchownSync(path, uid + FIRST_UID, gid + FIRST_UID);
  // A change of owner takes set-id bits away.
  if ((mode & 0o170000) !== 0o120000 && (mode & 0o6000) !== 0) chmodSync(path, mode & 0o7777);
}

/** Makes all that is in a folder, and itself, belong to the ids of an unprivileged container. */
export function shiftOwners(folder: string): void {
  // With file types, since without them a link to a folder is followed.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) shift(join(entry.parentPath, entry.name));
  shift(folder);
}
