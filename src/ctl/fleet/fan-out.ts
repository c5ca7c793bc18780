import { status } from "@grpc/grpc-js";
import { Complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import { explain, words } from "./explain.ts";
import { placeName, type Place } from "./places.ts";
import type { Pool, Reached } from "./pool.ts";
import { silence } from "./silence.ts";
import { Trouble } from "./trouble.ts";

/** A host that did not do what it was asked for: why, in a few words and in full, and after how long that was known. */
export interface Failed {
  readonly kind: "failed";
  readonly place: Place;
  /** "unreachable" or "failed". */
  readonly what: "unreachable" | "failed";
  readonly why: string;
  readonly complaint: Complaint;
  readonly ms: number;
}

/** A host that answered. */
export interface Answered<T> {
  readonly kind: "answered";
  readonly place: Place;
  readonly name: HostName;
  readonly value: T;
}

export type Outcome<T> = Answered<T> | Failed;

/** How many hosts are asked at the same time, those left out that have been silent for a while. */
const most = 64;
/** Milliseconds after which a host that is silent no longer takes another's place. */
const patience = 1000;

/**
 * Asks several hosts, many at a time. Each has the same time to answer, so that a dead one costs that and nobody else's: it
 * begins when all is ready here, and what follows is the host's to answer, the connection too. `see` is told of each outcome as it comes; given are all of them, in the order of the places. Throws only what is a defect.
 */
export async function fanOut<T>(
  pool: Pool,
  places: readonly Place[],
  doing: string,
  timeout_s: number,
  work: (reached: Reached) => Promise<T>,
  see: (outcome: Outcome<T>) => void = () => {},
): Promise<Outcome<T>[]> {
  const queue = places.map((place, index) => ({ place, index }));
  const outcomes: Outcome<T>[] = [];
  const begun: Promise<void>[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { place, index } = next;
      const one = outcomeAt(pool, place, doing, timeout_s, work).then((outcome) => {
        outcomes[index] = outcome;
        see(outcome);
      });
      begun.push(one);
      await sooner(pool, patience, one);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, places.length) }, worker));
  await Promise.all(begun);
  return outcomes;
}

async function outcomeAt<T>(
  pool: Pool,
  place: Place,
  doing: string,
  timeout_s: number,
  work: (reached: Reached) => Promise<T>,
): Promise<Outcome<T>> {
  let began = performance.now();
  let name: HostName | null = null;
  try {
    await pool.prepare(place);
    began = performance.now();
    const value = await within(pool, timeout_s, async () => {
      const reached = await pool.reach(place);
      name = reached.name;
      return { name: reached.name, value: await work(reached) };
    });
    return { kind: "answered", place, ...value };
  } catch (thrown) {
    const ms = performance.now() - began;
    if (thrown instanceof Complaint) {
      const what = thrown.exitCode === exit.unreachable ? "unreachable" : "failed";
      return { kind: "failed", place, what, why: thrown.message, complaint: thrown, ms };
    }
    if (!(thrown instanceof Trouble)) throw thrown;
    const subject = `${doing} on ${name === null ? placeName(place) : hostLabel(name)}`;
    const complaint = await explain(thrown, place, subject, pool.versionOf(place));
    const silent = thrown.report === null && (thrown.code === status.UNAVAILABLE || thrown.code === status.DEADLINE_EXCEEDED);
    const why = silent ? silence(thrown, place) : (thrown.report?.message ?? words(thrown, place, pool.versionOf(place)));
    return { kind: "failed", place, what: silent ? "unreachable" : "failed", why, complaint, ms };
  }
}

/** The work, or the trouble that it took too long. */
async function within<T>(pool: Pool, timeout_s: number, work: () => Promise<T>): Promise<T> {
  const working = work();
  // It goes on when its time is over, until its connection is closed, and what comes of it then concerns nobody.
  if ((await sooner(pool, timeout_s * 1000, working)) === "over") throw new Trouble(status.DEADLINE_EXCEEDED, "no answer", null);
  return working;
}

/** Waits for some work to end, well or not, and no longer than so many milliseconds: says which it was. */
async function sooner(pool: Pool, ms: number, work: Promise<unknown>): Promise<"ended" | "over"> {
  const ended = new AbortController();
  const time = pool.sleep(ms, ended.signal).then(
    () => "over" as const,
    () => "ended" as const,
  );
  const working = work.then(
    () => "ended" as const,
    () => "ended" as const,
  );
  try {
    return await Promise.race([working, time]);
  } finally {
    ended.abort();
  }
}

/** The exit code for what several hosts said: all, some, or none could be reached. */
export function exitOfAll(outcomes: readonly Outcome<number>[]): number {
  const codes = outcomes.map((outcome) => (outcome.kind === "answered" ? outcome.value : outcome.complaint.exitCode));
  const [first = exit.done] = codes;
  if (codes.every((code) => code === first)) return first;
  // Plans: what is pending on one host is no failure of another.
  if (codes.every((code) => code === exit.done || code === exit.pending)) return exit.pending;
  return codes.some((code) => code === exit.done || code === exit.pending) ? exit.someFailed : exit.failed;
}
