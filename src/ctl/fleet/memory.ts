// What hosts have told, kept for the next time: where a container is looked for first, and what a shell completes. It may be wrong,
// so whoever acts on it asks the host; and it may be lost, so nothing that goes wrong with it is an error.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./config-folder.ts";
import { placeName, type Place } from "./places.ts";

/** A container that a host has told of. */
export interface KnownContainer {
  readonly ctid: number;
  readonly name: string;
  /** Whether it exists; otherwise the manifest names it only. */
  readonly exists: boolean;
  readonly snapshots: readonly string[];
}

/** What is remembered of a host. */
export interface Memory {
  /** The host's name here, or the socket of one without. */
  readonly host: string;
  readonly containers: readonly KnownContainer[];
  /** Ids of runs, newest first. */
  readonly runs: readonly string[];
}

const layout = 1;
const keptRuns = 200;

/** What is remembered of a place; null when nothing is. */
export async function recall(env: NodeJS.ProcessEnv, place: Place): Promise<Memory | null> {
  return readMemory(fileOf(env, place));
}

/** What is remembered of all hosts. Somebody waits for a word to be completed, and many small files are read much sooner one after the other. */
export function recallAll(env: NodeJS.ProcessEnv): Memory[] {
  const folder = folderOf(env);
  const names = attempt(() => readdirSync(folder)) ?? [];
  const files = names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
  return files.flatMap((file) => attempt(() => parse(readFileSync(file, "utf8"))) ?? []);
}

/** Remembers the containers of a place, all of them; or more runs. */
export async function remember(
  env: NodeJS.ProcessEnv,
  place: Place,
  news: { readonly containers: readonly KnownContainer[] } | { readonly runs: readonly string[] },
): Promise<void> {
  const old = (await recall(env, place)) ?? { host: placeName(place), containers: [], runs: [] };
  const runs = "runs" in news ? [...new Set([...news.runs, ...old.runs])].toSorted().toReversed().slice(0, keptRuns) : old.runs;
  const memory: Memory = { host: placeName(place), containers: "containers" in news ? news.containers : old.containers, runs };
  if (JSON.stringify(memory) === JSON.stringify(old)) return;
  const file = fileOf(env, place);
  const partial = `${file}.${process.pid}.new`;
  try {
    await mkdir(folderOf(env), { recursive: true, mode: 0o700 });
    await writeFile(partial, JSON.stringify({ layout, ...memory }), { mode: 0o600 });
    await rename(partial, file);
  } catch {
    // A disk that is full, or a home that can't be written to.
  }
}

/** Forgets a host that is gone from the configuration, or has another name there. */
export async function forget(env: NodeJS.ProcessEnv, name: string): Promise<void> {
  await rm(join(folderOf(env), `${name}.json`), { force: true }).catch(() => undefined);
}

function folderOf(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "hosts");
}

/** Names of hosts begin with a letter, so a socket's is none of theirs. */
function fileOf(env: NodeJS.ProcessEnv, place: Place): string {
  const socket = () =>
    `@${createHash("sha256")
      .update(place.entry.kind === "socket" ? place.entry.socket : "")
      .digest("hex")
      .slice(0, 16)}`;
  return join(folderOf(env), `${place.kind === "known" ? place.name : socket()}.json`);
}

async function readMemory(file: string): Promise<Memory | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  return text === null ? null : attempt(() => parse(text));
}

/** Of another layout is nothing that is known, nor where a part is missing. Throws where it is no JSON at all. */
function parse(text: string): Memory | null {
  const found = JSON.parse(text) as Memory & { readonly layout: number };
  const whole = found.layout === layout && Array.isArray(found.containers) && Array.isArray(found.runs);
  return whole ? { host: found.host, containers: found.containers, runs: found.runs } : null;
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
