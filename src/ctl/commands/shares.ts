import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { spread, type Share } from "../fleet/find.ts";
import type { Host } from "../fleet/host.ts";
import { placeName, placesToChange, placesToSearch } from "../fleet/places.ts";
import type { Pool } from "../fleet/pool.ts";
import { at, withPool } from "../fleet/with-host.ts";
import { beginOrNothing, type Started } from "../follow/begin.ts";
import { beginAll } from "../follow/begin-all.ts";
import { onInterrupt } from "../follow/interrupt.ts";
import { span } from "../render/line.ts";
import type { HostName } from "../render/words.ts";
import type { Session } from "../session.ts";

/** What is wanted: something with containers, or with each host that is named, or the only one, as a whole. */
export interface Wanted {
  readonly of: "containers" | "hosts";
  /** None where it is about hosts. */
  readonly ctids: readonly number[];
  /** What is done with so many of them, for errors: "letsgo of 950, 953". */
  readonly doing: (ctids: readonly number[]) => string;
}

/** How a command goes on when it has begun its runs. */
interface How {
  readonly detach?: boolean;
  /** What is said of a host on which there was nothing to begin. */
  readonly nothing?: string;
  readonly first?: First | null;
}

/** What is done on the host before anything begins there; it belongs to one host alone. Gives an exit code when nothing may begin after it. */
interface First {
  /** The flag that asks for it. */
  readonly flag: string;
  readonly work: (host: Host, name: HostName) => Promise<number | null>;
}

/** Begins what each host has to do of what is wanted, and follows it unless it is to be left alone. Gives the exit code. */
export async function beginShares(
  session: Session,
  wanted: Wanted,
  { detach, nothing = "nothing to do", first = null }: How,
  start: (host: Host, request_id: string, ctids: readonly number[]) => Promise<Started>,
): Promise<number> {
  const how = { afterwards: detach === true ? "detach" : "follow", nothing } as const;
  return withPool(session, async (pool) => {
    const interruption = onInterrupt();
    const shares = await Promise.race([sharesOf(session, pool, wanted), interruption.happened]).finally(interruption.end);
    if (shares === null) {
      session.printError([[span("Interrupted. Nothing was sent to any host, so nothing begins.")]]);
      return exit.interrupted;
    }
    const [only, ...more] = shares;
    if (only !== undefined && more.length === 0) {
      if (only.silent !== null) throw only.silent.complaint;
      return at(pool, only.place, wanted.doing(only.ctids), async (host, name) => {
        const ended = first === null ? null : await first.work(host, name);
        return ended ?? beginOrNothing(session, host, name, how, (request_id) => start(host, request_id, only.ctids));
      });
    }
    if (first !== null) {
      const rows = shares.map(({ place, ctids }) => [placeName(place), ctids.join(", ") || "all of it"] as const);
      throw complaint(exit.usage, `${first.flag} is for one host at a time. Nothing was changed.`, rows);
    }
    const orders = shares.map(({ place, ctids, silent }) => ({
      place,
      ctids,
      silent,
      doing: wanted.doing(ctids),
      start: (host: Host, request_id: string) => start(host, request_id, ctids),
    }));
    return beginAll(session, pool, orders, how);
  });
}

/** What each host has to do of what is wanted. Throws Complaint. */
export async function sharesOf(session: Session, pool: Pool, { of, ctids, doing }: Wanted): Promise<readonly Share[]> {
  if (of === "containers") return spread(session, pool, await placesToSearch(session), doing(ctids), ctids);
  const places = await placesToChange(session, doing(ctids));
  return places.map((place) => ({ place, ctids: [], silent: null }));
}
