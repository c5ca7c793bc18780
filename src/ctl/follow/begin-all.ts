import { randomUUID } from "node:crypto";
import { Complaint } from "../complaint.ts";
import { exit, exitOf, type Ending } from "../exit.ts";
import { explain } from "../fleet/explain.ts";
import type { Failed } from "../fleet/fan-out.ts";
import type { Host } from "../fleet/host.ts";
import { insist } from "../fleet/insist.ts";
import { placeName, type Place } from "../fleet/places.ts";
import type { Pool } from "../fleet/pool.ts";
import { Trouble } from "../fleet/trouble.ts";
import { span, type Line } from "../render/line.ts";
import { viewOf, type RunView } from "../render/view.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { sayBegun, type Started } from "./begin.ts";
import { endingsOf, goOn, sayHowToWatch, watchAll } from "./follow.ts";
import { onInterrupt } from "./interrupt.ts";
import type { NotBegun, RefusedThere, Show, Stage } from "./show.ts";
import { showFor } from "./shows.ts";

/** Runs that are wanted from one host. */
export interface Order {
  readonly place: Place;
  readonly doing: string;
  readonly ctids: readonly number[];
  /** Why it can't be sent: its host was found not to answer. */
  readonly silent: Failed | null;
  readonly start: (host: Host, request_id: string) => Promise<Started>;
}

/** How it goes on, and what is said of a host on which there was nothing to begin, for example "nothing to stop". */
interface How {
  readonly afterwards: "follow" | "detach";
  readonly nothing: string;
}

/** How far an order has come. */
type Progress =
  | { readonly kind: "not sent" }
  | { readonly kind: "sent" }
  | { readonly kind: "begun"; readonly name: HostName; readonly views: RunView[]; readonly refused: readonly RefusedThere[] }
  | { readonly kind: "not begun"; readonly why: NotBegun };

/**
 * Asks several hosts for runs at once, and follows all of them to their end, each from the moment that its host has answered, unless
 * they are to be left alone. A host that can't be asked costs its own runs and nobody else's. Gives the exit code.
 */
export async function beginAll(session: Session, pool: Pool, orders: readonly Order[], how: How): Promise<number> {
  const { afterwards } = how;
  const interruption = onInterrupt();
  const progress: Progress[] = orders.map(() => ({ kind: "not sent" }));
  const stage = () => stageOf(orders, progress);
  const show = afterwards === "follow" ? showFor(session, stage) : null;
  const carryOut = async (order: Order, index: number) => {
    try {
      await carriedOut(pool, order, (now) => (progress[index] = now), show, interruption.signal);
    } catch (thrown) {
      if (interruption.signal.aborted) return;
      const complaint =
        thrown instanceof Trouble
          ? await explain(thrown, order.place, `${order.doing} on ${placeName(order.place)}`, pool.versionOf(order.place))
          : thrown;
      if (!(complaint instanceof Complaint)) throw complaint;
      const why = { host: placeName(order.place), ctids: order.ctids, complaint };
      const known = progress[index];
      // A host that was lost on the way has runs that may well go on.
      progress[index] = known?.kind === "begun" ? known : { kind: "not begun", why };
      show?.notBegun(why);
    }
  };
  try {
    await Promise.race([Promise.all(orders.map(carryOut)), interruption.happened]);
  } finally {
    interruption.end();
    show?.stop();
  }
  if (interruption.signal.aborted) {
    sayInterrupted(session, orders, progress);
    return exit.interrupted;
  }
  if (show !== null) await show.end();
  else await sayBegun(session, stage());
  if (session.output === "table" && !session.quiet) session.print(idleLines(progress, how.nothing));
  const begun = (ending: Ending) => (afterwards === "detach" && ending === "failed" ? "succeeded" : ending);
  return exitOf(endingsOf(stage()).map(begun));
}

async function carriedOut(
  pool: Pool,
  order: Order,
  now: (progress: Progress) => void,
  show: Show | null,
  signal: AbortSignal,
): Promise<void> {
  if (order.silent !== null) throw order.silent.complaint;
  const { host, name } = await pool.reach(order.place);
  if (signal.aborted) return;
  now({ kind: "sent" });
  // The same one each time, so that the runs begin once however often they are asked for.
  const request_id = randomUUID();
  const connection = {
    lost: (since: number) => show?.connection(name, since),
    back: () => show?.connection(name, null),
  };
  const { runs, refused } = await insist(host, connection, signal, () => order.start(host, request_id));
  const views = runs.map((run) => viewOf(run, name));
  const there = refused.map((each) => ({ ...each, host: name }));
  now({ kind: "begun", name, views, refused: there });
  if (there.length > 0) show?.refused(there);
  if (show !== null) await watchAll(host, name, views, show, signal);
}

function stageOf(orders: readonly Order[], progress: readonly Progress[]): Stage {
  const asked = orders.flatMap(({ place, ctids }, index) => {
    const kind = progress[index]?.kind;
    return kind === "not sent" || kind === "sent" ? [{ host: placeName(place), ctids }] : [];
  });
  return {
    views: progress.flatMap((each) => (each.kind === "begun" ? each.views : [])),
    refused: progress.flatMap((each) => (each.kind === "begun" ? each.refused : [])),
    notBegun: progress.flatMap((each) => (each.kind === "not begun" ? [each.why] : [])),
    asked,
  };
}

/** The hosts that had nothing to begin. */
function idleLines(progress: readonly Progress[], nothing: string): Line[] {
  return progress.flatMap((each): Line[] =>
    each.kind === "begun" && each.views.length + each.refused.length === 0 ? [[span(`${nothing} on ${hostLabel(each.name)}`)]] : [],
  );
}

/** What was submitted where, and what is not known. */
function sayInterrupted(session: Session, orders: readonly Order[], progress: readonly Progress[]): void {
  const { views } = stageOf(orders, progress);
  if (views.length > 0) sayHowToWatch(session, goOn(views.length), views);
  else session.printError([[span("Interrupted.")]]);
  const rows = orders.flatMap(({ place, ctids }, index): Line[] => {
    const name = placeName(place);
    const kind = progress[index]?.kind;
    const those = ctids.join(", ");
    if (kind === "not sent") return [[span(`  ${name}: nothing was sent, so nothing begins${those === "" ? "" : ` of ${those}`}`)]];
    if (kind !== "sent") return [];
    return [[span(`  ${name}: whether ${those || "anything"} has begun is not known   `), span(`phoenixctl run list -H ${name}`)]];
  });
  session.printError(rows);
}
