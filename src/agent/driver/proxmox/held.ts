import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, syncFolder, writeAtomic } from "../lxc/files.ts";
import { entryOf, fieldsOf, linesOf, parseConf, printConf, withLine, without, type Conf } from "./conf.ts";
import { isMountPoint, isUnused, isVolume, mountPointLine, mountPointsOf } from "./mounts.ts";

/** Mount points that are out of N.conf for a moment, or may be after a rollback; on disk before they are (facts, "Keeping mount points out of a snapshot"). */
export interface Held {
  /** N.conf before, and without them; "" and "" when they were not taken out but a rollback may lose them. */
  readonly before: string;
  readonly bare: string;
  /** "mp0: /srv/models,mp=/models" */
  readonly lines: readonly string[];
}

/** What N.conf has to be when the mount points that were taken out are in it again. The same as before, byte for byte, where nobody changed it since. */
export function heldBack(text: string, held: Held): string {
  if (held.bare !== "" && text === held.bare) return held.before;
  return printConf(held.lines.reduce(putBack, parseConf(text)));
}

/** The mount points of a configuration that are not to be in a snapshot: all but the volumes in `snapshotted`. */
export function keptOut(conf: Conf, snapshotted: ReadonlySet<string>): readonly string[] {
  return linesOf(conf, isMountPoint).filter((line) => {
    const point = mountPointLine(line);
    return point !== null && !(isVolume(point) && snapshotted.has(point.source));
  });
}

/** The text of N.conf without these lines. */
export function bareText(conf: Conf, lines: readonly string[]): string {
  const keys = new Set(lines.map((line) => entryOf(line)?.key));
  return printConf(without(conf, (entry) => isMountPoint(entry) && keys.has(entry.key)));
}

export async function readHeld(state_dir: string, ctid: Ctid): Promise<Held | null> {
  const text = await readIfThere(fileOf(state_dir, ctid));
  return text === null ? null : (JSON.parse(text) as Held);
}

/** On disk when it resolves. */
export async function writeHeld(state_dir: string, ctid: Ctid, held: Held): Promise<void> {
  await mkdir(dirname(fileOf(state_dir, ctid)), { recursive: true });
  await writeAtomic(fileOf(state_dir, ctid), JSON.stringify(held));
}

export async function forgetHeld(state_dir: string, ctid: Ctid): Promise<void> {
  await rm(fileOf(state_dir, ctid), { force: true });
  await syncFolder(state_dir);
}

/**
 * Puts a mount point back. What has come to its place in the meantime stays: a volume that is attached already, another mount at the same path
 * (a snapshot's). Its number is kept where it is free. An unusedN entry of its volume goes, as pct set does it.
 */
function putBack(conf: Conf, line: string): Conf {
  const point = mountPointLine(line);
  const entry = entryOf(line);
  if (point === null || entry === null) return conf;
  const fields = fieldsOf(conf.main);
  const there = mountPointsOf(fields);
  if (there.some(({ source, container_path }) => container_path === point.container_path || (isVolume(point) && source === point.source)))
    return conf;
  const used = new Set(there.map(({ key }) => key));
  const key = used.has(point.key) ? freeKey("mp", used) : point.key;
  const claimed = without(conf, (other) => isUnused(other) && isVolume(point) && other.value === point.source);
  return withLine(claimed, `${key}: ${entry.value}`);
}

/** "mp0" or the first after it that is not used. */
export function freeKey(prefix: "mp" | "dev", used: ReadonlySet<string>): string {
  for (let index = 0; ; index += 1) if (!used.has(`${prefix}${index}`)) return `${prefix}${index}`;
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.mounts`);
}
