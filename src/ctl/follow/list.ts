import { exit } from "../exit.ts";
import { liveArea } from "./terminal.ts";
import { hostRecord, hostsRecord } from "../render/json.ts";
import { span, type Line, type Look } from "../render/line.ts";
import { cutTo, waitingLine, type Located, type Silent } from "../render/located.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { exitOfAll, fanOut, type Failed, type Outcome } from "../fleet/fan-out.ts";
import type { Host } from "../fleet/host.ts";
import { placeName, placesToChange, placesToList, type Place } from "../fleet/places.ts";
import type { Pool } from "../fleet/pool.ts";
import { at, placeFor, withPool, type Errand } from "../fleet/with-host.ts";

/** What is asked of each host, and how all of it is shown as one. */
export interface Listing<T> {
  /** For which hosts: all that are meant; those that are named, or the only one; or the one that has a container. */
  readonly errand: { readonly kind: "hosts"; readonly doing: string } | { readonly kind: "named hosts"; readonly doing: string } | Errand;
  /** What the rows are called in a document. */
  readonly key: string;
  /** What is said to people where there are no rows: "no containers on pve1". */
  readonly none: (where: string) => string;
  readonly ask: (host: Host, name: HostName) => Promise<readonly T[]>;
  /** The order in which rows are shown, and which of them; given are those of each host together. */
  readonly arrange: (rows: readonly Located<T>[]) => readonly Located<T>[];
  readonly record: (row: T) => object;
  /** The rows for people, those of one host together, and below them the hosts that did not answer. */
  readonly lines: (rows: readonly Located<T>[], silent: readonly Silent[], look: Look) => Line[];
  /** What else there is to tell, once all have answered: for people, as fields of the document, and as records of their own. */
  readonly more: { readonly lines: (look: Look) => Line[]; readonly record: () => object; readonly records: () => readonly object[] };
}

/** A list with nothing besides its rows. */
export const nothingMore = { lines: () => [], record: () => ({}), records: () => [] };

/** Those of each host together, in the order of the hosts. */
export function byHost<T>(rows: readonly Located<T>[]): readonly Located<T>[] {
  return rows;
}

/** Asks every host that is meant, and shows what they have as one list. Gives the exit code. */
export async function listHosts<T>(session: Session, listing: Listing<T>): Promise<number> {
  const { errand } = listing;
  return withPool(session, async (pool) => {
    const all = await placesOf(session, pool, errand);
    const [only, ...more] = all;
    if (only !== undefined && more.length === 0) return listOne(session, pool, only, listing);
    return listAll(session, pool, all, listing);
  });
}

async function placesOf(session: Session, pool: Pool, errand: Listing<unknown>["errand"]): Promise<readonly Place[]> {
  if (errand.kind === "hosts") return (await placesToList(session)).all;
  if (errand.kind === "named hosts") return placesToChange(session, errand.doing);
  return [await placeFor(session, pool, errand)];
}

/** Where there is one host alone, its trouble is the command's. */
async function listOne<T>(session: Session, pool: Pool, place: Place, listing: Listing<T>): Promise<number> {
  const rows = await at(pool, place, listing.errand.doing, async (host, name) =>
    (await listing.ask(host, name)).map((item) => ({ host: name, item })),
  );
  const name = rows[0]?.host ?? (await pool.reach(place)).name;
  if (session.output === "ndjson") {
    for (const row of rows) session.record(recordOf(listing, row));
    for (const record of listing.more.records()) session.record(record);
  } else if (session.output !== "table") {
    await session.document({
      ...hostRecord(name),
      ...listing.more.record(),
      [listing.key]: rows.map((row) => recordOf(listing, row)),
      failed: [],
    });
  } else if (!session.quiet) {
    const look = session.look();
    const lines = rows.length === 0 ? [[span(listing.none(hostLabel(name)))]] : listing.lines(rows, [], look);
    session.print([...lines, ...listing.more.lines(look)]);
  }
  return exit.done;
}

/** Each host answers for itself: who does not is told of beside what the others have. */
export async function listAll<T>(session: Session, pool: Pool, places: readonly Place[], listing: Listing<T>): Promise<number> {
  const { timeout_s } = session.reach;
  const seen = new Map<Place, Outcome<readonly T[]>>();
  const screen = session.live ? watching(session, places, seen, listing) : null;
  const see = (outcome: Outcome<readonly T[]>) => {
    seen.set(outcome.place, outcome);
    if (session.output !== "ndjson") return;
    if (outcome.kind === "failed") session.record({ host: placeName(outcome.place), failed: failedRecord(outcome) });
    else for (const item of outcome.value) session.record(recordOf(listing, { host: outcome.name, item }));
  };
  const outcomes = await fanOut(pool, places, listing.errand.doing, timeout_s, ({ host, name }) => listing.ask(host, name), see).finally(
    () => screen?.stop(),
  );
  const rows = listing.arrange(rowsOf(outcomes));
  const failed = outcomes.filter((outcome) => outcome.kind === "failed");
  if (session.output === "json" || session.output === "yaml") {
    await session.document({
      ...hostsRecord(outcomes.length === 1 ? rows.map(({ host }) => host) : []),
      ...listing.more.record(),
      [listing.key]: rows.map((row) => recordOf(listing, row)),
      failed: failed.map((each) => ({ host: placeName(each.place), ...failedRecord(each) })),
    });
  } else if (session.output === "table") {
    const silent = failed.map(silentOf);
    const none = listing.none(`${places.length - failed.length} hosts`);
    if (session.quiet) session.print(listing.lines([], silent, session.look()).slice(silent.length === 0 ? 1 : 0));
    else if (rows.length === 0 && silent.length === 0) session.print([[span(none)]]);
    else session.print(listing.lines(rows, silent, session.look()));
    session.print(listing.more.lines(session.look()));
  } else for (const record of listing.more.records()) session.record(record);
  saySummary(session, places.length, failed);
  return exitOfAll(outcomes.map((outcome) => (outcome.kind === "failed" ? outcome : { ...outcome, value: exit.done })));
}

/** How many hosts did not answer, for whoever reads only the last line. */
export function saySummary(session: Session, all: number, failed: readonly Failed[]): void {
  if (failed.length === 0) return;
  const names = failed.map(({ place }) => placeName(place));
  const those = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  session.printError([[span(`${failed.length} of ${all} hosts did not answer: ${those}.`)]]);
}

/** A host that did not answer, as a record. */
export function failedRecord({ what, why, ms }: Failed) {
  return { reason: what, message: why, ms: Math.round(ms) };
}

function silentOf({ place, what, why, ms }: Failed): Silent {
  return { host: placeName(place), what, why, ms };
}

function recordOf<T>(listing: Listing<T>, { host, item }: Located<T>): object {
  return { ...hostRecord(host), ...listing.record(item) };
}

function rowsOf<T>(outcomes: readonly Outcome<readonly T[]>[]): Located<T>[] {
  return outcomes.flatMap((outcome) => (outcome.kind === "answered" ? outcome.value.map((item) => ({ host: outcome.name, item })) : []));
}

/** Shows what has come so far, in its final order, until it is stopped; then the terminal is as before. */
function watching<T>(session: Session, places: readonly Place[], seen: ReadonlyMap<Place, Outcome<readonly T[]>>, listing: Listing<T>) {
  const area = liveArea(session.io.stdout);
  const draw = () => {
    const look = session.look();
    const outcomes = places.flatMap((place) => seen.get(place) ?? []);
    const rows = listing.arrange(rowsOf(outcomes));
    const silent = outcomes.filter((outcome) => outcome.kind === "failed").map(silentOf);
    const waiting = places.filter((place) => !seen.has(place)).map(placeName);
    const lines = rows.length + silent.length === 0 ? [] : listing.lines(rows, silent, { ...look, width: look.width - 1 });
    area.draw(cutTo(lines, waitingLine(waiting, places.length), look), look);
  };
  const timer = setInterval(draw, 100);
  return {
    stop: () => {
      clearInterval(timer);
      area.draw([], session.look());
    },
  };
}
