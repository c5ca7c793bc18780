import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { spread, type Share } from "../fleet/find.ts";
import type { Host } from "../fleet/host.ts";
import { placeName, placesToChange, placesToSearch } from "../fleet/places.ts";
import type { Pool } from "../fleet/pool.ts";
import { at, withPool } from "../fleet/with-host.ts";
import { begin, type Started } from "../follow/begin.ts";
import { beginAll } from "../follow/begin-all.ts";
import { onInterrupt } from "../follow/interrupt.ts";
import { span } from "../render/line.ts";
import type { HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { doing, type Spec } from "./spec.ts";

/** How a command goes on when it has begun its runs. */
interface How {
  readonly detach?: boolean;
  readonly first?: First | null;
}

/** What is done on the host before anything begins there; it belongs to one host alone. Gives an exit code when nothing may begin after it. */
interface First {
  /** The flag that asks for it. */
  readonly flag: string;
  readonly work: (host: Host, name: HostName) => Promise<number | null>;
}

/** Begins what each host has to do of a spec, and follows it unless it is to be left alone. Gives the exit code. */
export async function beginShares(
  session: Session,
  spec: Pick<Spec, "kind" | "ctids" | "all">,
  { detach, first = null }: How,
  start: (host: Host, request_id: string, ctids: readonly number[]) => Promise<Started>,
): Promise<number> {
  const afterwards = detach ? "detach" : "follow";
  return withPool(session, async (pool) => {
    const interruption = onInterrupt();
    const shares = await Promise.race([sharesOf(session, pool, spec), interruption.happened]).finally(interruption.end);
    if (shares === null) {
      session.printError([[span("Interrupted. Nothing was sent to any host, so nothing begins.")]]);
      return exit.interrupted;
    }
    const [only, ...more] = shares;
    if (only !== undefined && more.length === 0) {
      if (only.silent !== null) throw only.silent.complaint;
      return at(pool, only.place, doing(spec), async (host, name) => {
        const ended = first === null ? null : await first.work(host, name);
        return ended ?? begin(session, host, name, afterwards, (request_id) => start(host, request_id, only.ctids));
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
      doing: doing({ ...spec, ctids: [...ctids] }),
      start: (host: Host, request_id: string) => start(host, request_id, ctids),
    }));
    return beginAll(session, pool, orders, afterwards);
  });
}

/** What each host has to do of a spec; all of its containers where no CTIDs are given. Throws Complaint. */
export async function sharesOf(session: Session, pool: Pool, spec: Pick<Spec, "kind" | "ctids" | "all">): Promise<readonly Share[]> {
  if (!spec.all) return spread(session, pool, await placesToSearch(session), doing(spec), spec.ctids);
  const places = await placesToChange(session, doing(spec));
  return places.map((place) => ({ place, ctids: [], silent: null }));
}
