import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Die, out } from "./output.ts";
import { run, runOrDie } from "./process.ts";
import type { Volume } from "./storage.ts";

/** The ZFS pool is a folder on btrfs; this file beside a volume has the order of its snapshots, one name per line. */
function orderFile(volume: Volume): string {
  return `${volume.path}.snapshots`;
}

function order(volume: Volume): string[] {
  const file = orderFile(volume);
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((name) => name !== "")
    : [];
}

function onBtrfs({ storage }: Volume): boolean {
  return storage.type === "btrfs" || storage.type === "zfspool";
}

function snapshotPath(volume: Volume, name: string): string {
  return `${volume.path}@${name}`;
}

/** True when the storage can take a snapshot of the volume: dir storage can't (section "create/dir-storage"). */
export function canSnapshot(volume: Volume): boolean {
  return onBtrfs(volume);
}

/** This one beside a volume has its size, which nothing enforces. */
function sizeFile(volume: Volume): string {
  return `${volume.path}.size`;
}

/** What the storage says of a volume's size; 0 where it has none. */
export function sizeOf(volume: Volume): number {
  return existsSync(sizeFile(volume)) ? Number(readFileSync(sizeFile(volume), "utf8")) : 0;
}

/** Gives a volume a size. */
export function setSize(volume: Volume, bytes: number): void {
  if (bytes > 0) writeFileSync(sizeFile(volume), String(bytes));
}

/** Makes an empty volume. */
export function allocate(volume: Volume, bytes: number): void {
  mkdirSync(dirname(volume.path), { recursive: true });
  if (onBtrfs(volume)) runOrDie(["btrfs", "subvolume", "create", volume.path]);
  else mkdirSync(volume.path);
  setSize(volume, bytes);
}

/** Says what mkfs says for a volume that is an image with a file system in it (sections "create/dir-storage", "set (2)"). */
export function printFormatting(volume: Volume, bytes: number): void {
  if (!volume.name.endsWith(".raw")) return;
  if (volume.storage.type === "dir") out(`Formatting '${volume.path}', fmt=raw size=${bytes} preallocation=off\n`);
  const blocks = bytes / 4096;
  const powers = [3, 5, 7].flatMap((base) => Array.from({ length: 12 }, (_, at) => 32768 * base ** at));
  const backups = [...new Set(powers)].filter((block) => block < blocks).sort((a, b) => a - b);
  out(`Creating filesystem with ${blocks} 4k blocks and ${bytes / 16384} inodes\n`);
  out(`Filesystem UUID: ${crypto.randomUUID()}\nSuperblock backups stored on blocks: \n\t${backups.join(", ")}\n`);
}

/** Takes a snapshot of a volume. */
export function snapshotVolume(volume: Volume, name: string): void {
  runOrDie(["btrfs", "subvolume", "snapshot", "-r", "--", volume.path, snapshotPath(volume, name)]);
  if (volume.storage.type === "zfspool") appendFileSync(orderFile(volume), `${name}\n`);
}

/** Dies when ZFS would refuse the rollback (section "zfs"). */
export function checkRollback(volume: Volume, name: string): void {
  if (volume.storage.type === "zfspool" && order(volume).at(-1) !== name) {
    throw new Die(`can't rollback, '${name}' is not most recent snapshot on '${volume.id}'`);
  }
}

/** Brings a volume back to a snapshot: a writable copy takes its place. */
export function rollbackVolume(volume: Volume, name: string): void {
  const draft = `${volume.path}.tmp.${process.pid}`;
  runOrDie(["btrfs", "subvolume", "snapshot", "--", snapshotPath(volume, name), draft]);
  const old = `${volume.path}.old.${process.pid}`;
  if (existsSync(volume.path)) renameSync(volume.path, old);
  renameSync(draft, volume.path);
  if (existsSync(old)) runOrDie(["btrfs", "subvolume", "delete", "--", old]);
}

/** Deletes the snapshot of a volume. */
export function deleteVolumeSnapshot(volume: Volume, name: string): void {
  runOrDie(["btrfs", "subvolume", "delete", "--", snapshotPath(volume, name)]);
  if (volume.storage.type !== "zfspool") return;
  const left = order(volume).filter((other) => other !== name);
  writeFileSync(orderFile(volume), left.map((other) => `${other}\n`).join(""));
}

/** Deletes a volume. Snapshots of it are the caller's business. */
export function freeVolume(volume: Volume): void {
  if (!onBtrfs(volume)) rmSync(volume.path, { recursive: true, force: true });
  else if (existsSync(volume.path)) runOrDie(["btrfs", "subvolume", "delete", "--", volume.path]);
  for (const file of [orderFile(volume), sizeFile(volume)]) rmSync(file, { force: true });
  removeEmptyFolder(volume);
}

/** The folder `images/N` goes with its last volume (section "snapshot", layout). */
function removeEmptyFolder(volume: Volume): void {
  const folder = dirname(volume.path);
  if (volume.name.includes("/") && existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Copies all that is in a volume, or in a snapshot of it, to another one. */
export function copyVolume(source: Volume, target: Volume, snapshot?: string): void {
  const from = snapshot === undefined ? source.path : snapshotPath(source, snapshot);
  const { status, stderr } = run(["cp", "-a", "--reflink=auto", "--", `${from}/.`, target.path]);
  if (status !== 0) throw new Die(stderr.trim());
}
