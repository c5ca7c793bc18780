import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { whyLeftOut } from "./left-out.ts";
import { fromWorld, normalise, toWorld } from "./normalise.ts";
import type { Group } from "./groups.ts";
import type { Recorded } from "./records.ts";
import type { PctResult, TestPct } from "../world.ts";

/** A record and what was different from it. */
export interface Difference {
  readonly record: string;
  readonly expected: PctResult;
  readonly got: PctResult;
}

/** The environment of the recorder's shell, as `pct exec N -- env` shows it. */
const environment = {
  PATH: "/sbin:/bin:/usr/sbin:/usr/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  TERM: "linux",
  USER: "root",
  LOGNAME: "root",
  SHELL: "/bin/bash",
};

/** The recorder cut long texts off, with a space and an ellipsis. */
function same(expected: string, got: string): boolean {
  return expected.endsWith(" …") ? got.startsWith(expected.slice(0, -2)) : got === expected;
}

function showConf(pct: TestPct, path: string): PctResult {
  try {
    return { exit_code: 0, stdout: readFileSync(path, "utf8"), stderr: "" };
  } catch {
    return { exit_code: 1, stdout: "", stderr: `cat: ${path}: No such file or directory\n` };
  }
}

/** Makes one recorded call. */
async function replayOne(
  pct: TestPct,
  index: number,
  { argv, stdin, stdout = "", stderr = "", exit_code }: Recorded,
  onOutput: (text: string) => void = () => {},
): Promise<Difference | null> {
  const words = argv.map((word) => toWorld(word, pct));
  const result =
    argv[0] === "cat"
      ? showConf(pct, words[1] ?? "")
      : await pct.call(words, { env: environment, onOutput, ...(stdin === undefined ? {} : { stdin }) });
  const expected: PctResult = { exit_code: exit_code ?? -1, stdout: normalise(stdout), stderr: normalise(stderr) };
  const got: PctResult = { exit_code: result.exit_code, stdout: fromWorld(result.stdout, pct), stderr: fromWorld(result.stderr, pct) };
  const fine = same(expected.stdout, got.stdout) && same(expected.stderr, got.stderr) && got.exit_code === expected.exit_code;
  return fine ? null : { record: `${index}: ${argv.join(" ")}`, expected, got };
}

/**
 * Replays calls that the recorder made while he held a lock with flock(1): the first record of the range. Instead of for a time it
 * is held until all calls have waited for it or ended, or, where that runs into the time-out, until all have ended.
 */
async function replayHeld(
  pct: TestPct,
  [first, last]: readonly [number, number],
  release: "waited" | "ended",
  records: readonly Recorded[],
): Promise<(Difference | null)[]> {
  const holder = await hold(toWorld(records[first]?.argv[1] ?? "", pct));
  if (release === "ended") pct.configure({ lock_timeout_s: 1 });
  const waited: Promise<void>[] = [];
  const calls: Promise<Difference | null>[] = [];
  for (let index = first + 1; index <= last; index++) {
    const record = records[index];
    if (record === undefined || whyLeftOut(index, record) !== null) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    waited.push(promise);
    const call = replayOne(pct, index, record, (text) => (text.includes("trying to acquire lock") ? resolve() : undefined));
    calls.push(call.finally(resolve));
  }
  await Promise.all(release === "waited" ? waited : calls);
  holder.release();
  const differences = await Promise.all(calls);
  pct.configure({});
  return [null, ...differences];
}

/** Holds a lock file as somebody else would. */
export async function hold(path: string): Promise<{ readonly release: () => void }> {
  mkdirSync(dirname(path), { recursive: true });
  const holder = spawn("flock", [path, "sh", "-c", "echo held; cat"], { stdio: ["pipe", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return { release: () => holder.stdin.end() };
}

export interface Replayed {
  readonly replayed: number;
  /** How many were left out, by reason. */
  readonly left_out: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

/** Replays a group's records in a world of their own. */
export async function replayGroup(pct: TestPct, group: Group, records: readonly Recorded[]): Promise<Replayed> {
  const differences: Difference[] = [];
  const left_out: Record<string, number> = {};
  let replayed = 0;
  const leave = (index: number, record: Recorded | undefined): boolean => {
    const why = record === undefined ? null : whyLeftOut(index, record);
    if (why !== null) left_out[why] = (left_out[why] ?? 0) + 1;
    return why !== null;
  };
  for (const [vmid, record, change = (text: string) => text] of group.seeds) pct.seed(vmid, change(records[record]?.stdout ?? ""));
  for (const [from, to] of group.ranges) {
    for (let index = from; index <= to; index++) {
      const record = records[index];
      if (record === undefined) continue;
      for (const step of group.before?.[index] ?? []) await step(pct);
      if (leave(index, record)) continue;
      const held = group.held?.find(({ range }) => range[0] === index);
      const results = held ? await replayHeld(pct, held.range, held.release, records) : [await replayOne(pct, index, record)];
      replayed += results.length;
      differences.push(...results.filter((result) => result !== null));
      if (held) {
        for (let inside = index + 1; inside <= held.range[1]; inside++) leave(inside, records[inside]);
        index = held.range[1];
      }
    }
  }
  return { replayed, left_out, differences };
}
