import { status } from "@grpc/grpc-js";
import { complaint, type Complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { shortRun } from "../render/words.ts";
import type { Session } from "../session.ts";
import { containersOf, known } from "./containers.ts";
import { fanOut, type Failed } from "./fan-out.ts";
import { ask } from "./host.ts";
import { recall, type KnownContainer } from "./memory.ts";
import { placeName, type Place, type Places } from "./places.ts";
import type { Pool } from "./pool.ts";
import { Trouble } from "./trouble.ts";
import { whereIs, type Having, type Where } from "./where.ts";

/** Containers of one place, in the order in which they were asked for. */
export interface Share {
  readonly place: Place;
  readonly ctids: readonly number[];
  /** Why it can't be asked for anything: it was asked for its containers, and did not answer. Null as far as is known. */
  readonly silent: Failed | null;
}

/**
 * Spreads containers over the hosts that have them, and says which hosts did not answer when they were asked. What is remembered says
 * whom to ask first; what it says is believed only after that host has said the same. Throws Complaint, about all that have no host, or
 * several, at once.
 */
export async function spread(session: Session, pool: Pool, places: Places, doing: string, ctids: readonly number[]): Promise<Share[]> {
  const [only, ...more] = places.all;
  if (only !== undefined && more.length === 0) return [{ place: only, ctids, silent: null }];
  const memories = await Promise.all(places.all.map((place) => recall(session.io.env, place)));
  const remembered = new Map(places.all.map((place, index) => [place, memories[index]?.containers ?? []]));
  const told = new Map<Place, readonly KnownContainer[] | Failed>();
  const where = (ctid: number): Where<Place> =>
    whereIs(
      places.all.map((place) => [place, having(told.get(place), remembered.get(place) ?? [], ctid)] as const),
      places.kind,
    );

  const homes = ctids.map((ctid) => places.all.filter((place) => having(undefined, remembered.get(place) ?? [], ctid) === "there"));
  const clear = places.kind === "one of" && homes.every((home) => home.length === 1);
  await askAll(session, pool, clear ? homes.flat() : places.all, doing, told);
  const confirmed = ctids.every((ctid, index) => homes[index]?.every((home) => isThere(told.get(home), ctid)));
  if (!confirmed) await askAll(session, pool, places.all, doing, told);

  const found = ctids.map((ctid) => ({ ctid, where: where(ctid) }));
  const lost = found.filter(({ where: each }) => each.kind !== "on");
  if (lost.length > 0) throw astray(doing, lost, places.all);
  return places.all.flatMap((place): Share[] => {
    const own = found.filter(({ where: each }) => each.kind === "on" && each.places.includes(place)).map(({ ctid }) => ctid);
    const answer = told.get(place);
    return own.length === 0 ? [] : [{ place, ctids: own, silent: answer !== undefined && "kind" in answer ? answer : null }];
  });
}

/** By what a host has told; of one that did not answer, or was not asked, by what is remembered. */
function having(told: readonly KnownContainer[] | Failed | undefined, remembered: readonly KnownContainer[], ctid: number): Having {
  const silent = told !== undefined && "kind" in told;
  const containers = told === undefined || silent ? remembered : told;
  const found = containers.find((each) => each.ctid === ctid);
  if (found?.exists === true) return "there";
  if (silent) return "silent";
  return found === undefined ? "none" : "listed";
}

function isThere(told: readonly KnownContainer[] | Failed | undefined, ctid: number): boolean {
  return told !== undefined && having(told, [], ctid) === "there";
}

/** Asks those that have not been asked yet for their containers. */
async function askAll(
  session: Session,
  pool: Pool,
  places: readonly Place[],
  doing: string,
  told: Map<Place, readonly KnownContainer[] | Failed>,
): Promise<void> {
  const rest = [...new Set(places)].filter((place) => !told.has(place));
  const outcomes = await fanOut(pool, rest, doing, session.reach.timeout_s, async ({ host }) => {
    return (await containersOf(session.io.env, host)).containers.map(known);
  });
  for (const outcome of outcomes) told.set(outcome.place, outcome.kind === "answered" ? outcome.value : outcome);
}

/** Containers that have no host, or several, in words. */
function astray(doing: string, lost: readonly { readonly ctid: number; readonly where: Where<Place> }[], all: readonly Place[]): Complaint {
  const names = (places: readonly Place[]) => places.map(placeName).join(", ");
  const rows = lost.map(({ ctid, where }): readonly [string, string] => {
    if (where.kind === "on" || where.kind === "several")
      return [`${ctid}`, `is on ${names(where.places)}; say which: -H ${hostFlag(where.places)}`];
    if (where.kind === "unsure") {
      const named = `is in the manifest of ${names(where.places)}, but ${names(where.silent)} did not answer and may have it`;
      return [`${ctid}`, `${named}; say which: -H ${hostFlag(where.places)}`];
    }
    const asked = all.filter((place) => !where.silent.includes(place));
    const answers = asked.length === 0 ? "" : `is on none of ${names(asked)}`;
    const silent = where.silent.length === 0 ? "" : `${names(where.silent)} did not answer`;
    return [`${ctid}`, [answers, silent].filter((text) => text !== "").join("; ")];
  });
  const silent = lost.some(({ where }) => "silent" in where && where.silent.length > 0);
  const code = lost.some(({ where }) => where.kind === "several") ? exit.usage : silent ? exit.unreachable : exit.failed;
  const found = lost.some(({ where }) => where.kind !== "nowhere");
  const problem = found ? "it is not clear which host is meant" : `no host has ${lost.map(({ ctid }) => ctid).join(", ")}`;
  return complaint(code, `${doing}: ${problem}. Nothing was changed.`, rows);
}

function hostFlag(places: readonly Place[]): string {
  return places.slice(0, 1).map(placeName).join();
}

/** The place of the run with this id, or with this part of an id. Throws Complaint when there is none, or several. */
export async function placeOfRun(session: Session, pool: Pool, places: Places, doing: string, id: string): Promise<Place> {
  const [only, ...more] = places.all;
  if (only !== undefined && more.length === 0) return only;
  const memories = await Promise.all(places.all.map(async (place) => [place, await recall(session.io.env, place)] as const));
  const likely = memories.flatMap(([place, memory]) => (memory?.runs.some((run) => isPart(run, id)) === true ? [place] : []));
  const first = likely.length === 1 ? await holders(session, pool, likely, doing, id) : null;
  const found = first !== null && first.places.length === 1 ? first : await holders(session, pool, places.all, doing, id);
  const [place, ...others] = found.places;
  if (place !== undefined && others.length === 0) return place;
  const names = (all: readonly Place[]) => all.map(placeName).join(", ");
  if (place !== undefined) {
    throw complaint(exit.usage, `${doing}: several hosts have such a run: ${names(found.places)}.`, [
      ["say which", `-H ${placeName(place)}`],
    ]);
  }
  const silent = found.silent.length === 0 ? "" : ` ${names(found.silent)} did not answer.`;
  throw complaint(silent === "" ? exit.failed : exit.unreachable, `there is no run ${shortRun(id)} on any host that answered.${silent}`, [
    ["look", "phoenixctl run list"],
  ]);
}

async function holders(session: Session, pool: Pool, places: readonly Place[], doing: string, run_id: string) {
  const { timeout_s } = session.reach;
  const outcomes = await fanOut(pool, places, doing, timeout_s, async ({ host }) => {
    try {
      await ask(host, host.services.orchestration.GetRun, { run_id }, timeout_s);
      return true;
    } catch (thrown) {
      if (thrown instanceof Trouble && thrown.code === status.NOT_FOUND) return false;
      // Several of its runs have this part: so it has one, and says itself which they are.
      if (thrown instanceof Trouble && thrown.code === status.INVALID_ARGUMENT) return true;
      throw thrown;
    }
  });
  return {
    places: outcomes.flatMap((outcome) => (outcome.kind === "answered" && outcome.value ? [outcome.place] : [])),
    silent: outcomes.flatMap((outcome) => (outcome.kind === "failed" ? [outcome.place] : [])),
  };
}

function isPart(run: string, id: string): boolean {
  return run.startsWith(id) || run.endsWith(id);
}
