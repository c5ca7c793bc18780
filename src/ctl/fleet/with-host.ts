import { unrenewedLine } from "../render/trust.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { explain } from "./explain.ts";
import { placeOfRun, spread } from "./find.ts";
import type { Host } from "./host.ts";
import { placesToSearch, placeToUse, type Place } from "./places.ts";
import { makePool, type Pool } from "./pool.ts";
import { Trouble } from "./trouble.ts";

/** What a command does, for its errors, and what it is about: a container or a run, wherever it is, or a host itself. */
export type Errand =
  | { readonly kind: "container"; readonly ctid: number; readonly doing: string }
  | { readonly kind: "run"; readonly id: string; readonly doing: string }
  | { readonly kind: "host"; readonly doing: string };

/** Something with a container, wherever it is. */
export function forContainer(ctid: number, doing: string): Errand {
  return { kind: "container", ctid, doing };
}

/** Something with a run, wherever it is. */
export function forRun(id: string, doing: string): Errand {
  return { kind: "run", id, doing };
}

/**
 * Works with the one host that is meant: where the container or the run is; for an errand in a word, the host that is named, or the
 * default, or the only one. A call that fails becomes a Complaint about what was being done.
 */
export async function withHost<T>(session: Session, errand: string | Errand, work: (host: Host, name: HostName) => Promise<T>): Promise<T> {
  const full: Errand = typeof errand === "string" ? { kind: "host", doing: errand } : errand;
  return withPool(session, async (pool) => at(pool, await placeFor(session, pool, full), full.doing, work));
}

/** Does some work with connections that are closed afterwards. */
export async function withPool<T>(session: Session, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = makePool(session.reach.timeout_s, session.io);
  try {
    return await work(pool);
  } finally {
    const unrenewed = await pool.close();
    session.printError(unrenewed.map((each) => unrenewedLine(each, session.look())));
  }
}

/** Works with the host of a place. Throws Complaint. */
export async function at<T>(pool: Pool, place: Place, doing: string, work: (host: Host, name: HostName) => Promise<T>): Promise<T> {
  let subject = doing;
  try {
    const { host, name } = await pool.reach(place);
    subject = `${doing} on ${hostLabel(name)}`;
    return await work(host, name);
  } catch (thrown) {
    if (thrown instanceof Trouble) throw await explain(thrown, place, subject, pool.versionOf(place));
    throw thrown;
  }
}

/** Where an errand leads. Throws Complaint. */
export async function placeFor(session: Session, pool: Pool, errand: Errand): Promise<Place> {
  const { doing } = errand;
  if (errand.kind === "host") return placeToUse(session, doing);
  const places = await placesToSearch(session);
  if (errand.kind === "run") return placeOfRun(session, pool, places, doing, errand.id);
  // One is wanted, also where several were chosen.
  const [share] = await spread(session, pool, { ...places, kind: "one of" }, doing, [errand.ctid]);
  if (share === undefined) return placeToUse(session, doing);
  if (share.silent !== null) throw share.silent.complaint;
  return share.place;
}
