import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ctid } from "../../domain/container.ts";
import { readIfThere, syncFolder, writeAtomic } from "../lxc/files.ts";
import {
  entryOf,
  fieldsOf,
  linesOf,
  parseConf,
  printConf,
  withLine,
  withLineIn,
  without,
  withoutIn,
  type Conf,
  type Entry,
} from "./conf.ts";
import { isMountPoint, isUnused, isVolume, mountPointLine, mountPointsOf } from "./mounts.ts";

/**
 * What is out of N.conf for a moment, or may be after a rollback: mount points (facts, "Keeping mount points out of a snapshot"), and the settings of the
 * container that are neither its root file system's nor any that a plan sets again. On disk before they are.
 */
export interface Held {
  /** N.conf before, and without them; "" and "" when nothing was taken out yet, and a rollback will do it. */
  readonly before: string;
  readonly bare: string;
  /** Of the main section: "mp0: /srv/models,mp=/models". */
  readonly lines: readonly string[];
  /** Of a snapshot's section. */
  readonly section: { readonly name: string; readonly lines: readonly string[] };
  /** Such settings before a rollback, and those that it puts in their place. */
  readonly others: { readonly before: readonly string[]; readonly snapshot: readonly string[] };
}

/** Where no rollback is meant. */
export const noOthers: Held["others"] = { before: [], snapshot: [] };

/** What belongs to the root file system and its snapshots, and what plans set again after a restore (plan/base.ts). */
const ofRoot = ["arch", "lock", "ostype", "parent", "rootfs", "snapstate", "snaptime", "template", "unprivileged"];
const setAgain = ["cores", "features", "hostname", "memory", "nameserver", "onboot", "startup", "swap"];
const notOthers: ReadonlySet<string> = new Set([...ofRoot, ...setAgain]);

/** The lines of other settings: tags, protection, hook script, network interfaces, devices, limits, and what a later Proxmox may have. */
export function othersOf(lines: readonly string[]): readonly string[] {
  return linesOf(lines, isOther);
}

/** Whether lines have the same settings, however they are written. */
export function sameSettings(some: readonly string[], others: readonly string[]): boolean {
  const [a, b] = [fieldsOf(some), fieldsOf(others)];
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function isOther(entry: Entry): boolean {
  return !entry.key.startsWith("lxc.") && !notOthers.has(entry.key) && !isMountPoint(entry) && !isUnused(entry);
}

/** What N.conf has to be when what was taken out is in it again. The same as before, byte for byte, where nobody changed it since. */
export function heldBack(text: string, { before, bare, lines, section, others }: Held): string {
  if (bare !== "" && text === bare) return before;
  const conf = parseConf(text);
  // As the rollback has left them: what somebody has set since stays.
  const isRolledBack = sameSettings(othersOf(conf.main), others.snapshot) && !sameSettings(others.before, others.snapshot);
  const main = lines.reduce(putBack, isRolledBack ? others.before.reduce(withLine, without(conf, isOther)) : conf);
  return printConf(section.lines.reduce((conf, line) => putBackIn(conf, section.name, line), main));
}

/** The lines of mount points among these that are not to be in a snapshot: all but the volumes in `snapshotted`. */
export function keptOut(lines: readonly string[], snapshotted: ReadonlySet<string>): readonly string[] {
  return linesOf(lines, isMountPoint).filter((line) => {
    const point = mountPointLine(line);
    return point !== null && !(isVolume(point) && snapshotted.has(point.source));
  });
}

/** The text of N.conf without these lines in its main section. */
export function bareText(conf: Conf, lines: readonly string[]): string {
  return printConf(without(conf, among(lines)));
}

/** The text of N.conf without these lines in a snapshot's section. */
export function bareTextIn(conf: Conf, name: string, lines: readonly string[]): string {
  return printConf(withoutIn(conf, name, among(lines)));
}

function among(lines: readonly string[]): (entry: Entry) => boolean {
  const keys = new Set(lines.map((line) => entryOf(line)?.key));
  return (entry) => isMountPoint(entry) && keys.has(entry.key);
}

export async function readHeld(state_dir: string, ctid: Ctid): Promise<Held | null> {
  const text = await readIfThere(fileOf(state_dir, ctid));
  // One that an agent of before these has written knows nothing of other settings.
  return text === null ? null : { others: noOthers, ...(JSON.parse(text) as Omit<Held, "others">) };
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

/** Puts a line back into a snapshot's section, unless it is there. */
function putBackIn(conf: Conf, name: string, line: string): Conf {
  const there = conf.sections.find((section) => section.name === name)?.lines ?? [];
  const key = entryOf(line)?.key ?? "";
  return fieldsOf(there).has(key) ? conf : withLineIn(conf, name, line);
}

/** "mp0" or the first after it that is not used. */
export function freeKey(prefix: "mp" | "dev", used: ReadonlySet<string>): string {
  for (let index = 0; ; index += 1) if (!used.has(`${prefix}${index}`)) return `${prefix}${index}`;
}

function fileOf(state_dir: string, ctid: Ctid): string {
  return join(state_dir, `${ctid}.mounts`);
}
