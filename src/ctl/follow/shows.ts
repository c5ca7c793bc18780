import { endingOf, refusal } from "../render/ending.ts";
import { counts, failedInFull, liveBatch } from "../render/batch.ts";
import { batchRecord, eventRecord, hostRecord, refusedRecord } from "../render/json.ts";
import { span, type Line } from "../render/line.ts";
import { headLine, liveRun, lostText } from "../render/live.ts";
import { plainLines } from "../render/plain.ts";
import { failedStep, lastLines } from "../render/view.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import { clean } from "../render/text.ts";
import type { Session } from "../session.ts";
import type { NotBegun, RefusedThere, Show, Stage } from "./show.ts";
import { liveArea } from "./terminal.ts";

/** How often the spinner and the clock move, in milliseconds. */
const frame = 100;

/** The way to show runs that fits what the user asked for and where the output goes. */
export function showFor(session: Session, stage: () => Stage): Show {
  if (session.output === "ndjson") return ndjson(session);
  if (session.output !== "table") return document(session, stage);
  if (session.quiet) return quiet(session, stage);
  return session.live ? live(session, stage) : plain(session, stage);
}

/** Says why some may not begin. */
export function sayRefused(session: Session, refused: readonly RefusedThere[]): void {
  const look = session.look();
  for (const { host, kind, ctid, blockers } of refused) session.printError(refusal({ kind, ctid }, blockers, host, look));
}

/** Says why a host could not be asked. */
export function sayNotBegun(session: Session, { complaint }: NotBegun): void {
  session.printError(complaint.lines());
}

const silent: Show = {
  event: () => {},
  refused: () => {},
  notBegun: () => {},
  connection: () => {},
  stop: () => {},
  end: async () => {},
};

/** What would tear the live part apart is said below it, once it stands still. */
function live(session: Session, stage: () => Stage): Show {
  const area = liveArea(session.io.stdout);
  const lost = new Map<string, number>();
  const draw = () => {
    const look = session.look();
    // A line that fills the last column makes some terminals wrap, and one more row scrolls the first away.
    const room = { ...look, width: look.width - 1, height: look.height - 1 };
    const { views, asked } = stage();
    const [only, ...more] = views;
    if (only !== undefined && more.length === 0 && asked.length === 0) {
      area.draw(liveRun(only, lost.get(hostLabel(only.host)) ?? null, room), look);
    } else area.draw(views.length + asked.length === 0 ? [] : liveBatch({ views, asked, lost }, room), look);
  };
  const timer = setInterval(draw, frame);
  session.io.stdout.on("resize", draw);
  return {
    ...silent,
    connection: (host, since) => {
      if (since === null) lost.delete(hostLabel(host));
      else lost.set(hostLabel(host), since);
    },
    stop: () => {
      clearInterval(timer);
      session.io.stdout.off("resize", draw);
      draw();
      sayRefused(session, stage().refused);
      for (const each of stage().notBegun) sayNotBegun(session, each);
    },
    end: async () => session.print(ending(session, stage())),
  };
}

function plain(session: Session, stage: () => Stage): Show {
  const lost = new Set<string>();
  return {
    ...spoken(session),
    event: (before, event) => session.print(plainLines(before, event, session.look()).map((text) => [span(text)])),
    connection: (host, since) => {
      const name = hostLabel(host);
      if (since !== null && !lost.has(name)) session.printError(lostText(since, since).map((text) => [span(`${name}: ${text}`)]));
      if (since === null) lost.delete(name);
      else lost.add(name);
    },
    end: async () => session.print(ending(session, stage())),
  };
}

function quiet(session: Session, stage: () => Stage): Show {
  const end = async () => {
    for (const view of stage().views.filter(({ run }) => run.state !== "RUN_STATE_SUCCEEDED")) {
      const output = failedStep(view) ? lastLines(view.tail, 12).map((line): Line => [span(`      │ ${clean(line)}`, "dim")]) : [];
      session.printError([headLine(view), ...output, ...endingOf(view.run, view.host, session.look())]);
    }
  };
  return { ...spoken(session), end };
}

/** What did not begin is said when it is known. */
function spoken(session: Session): Show {
  return { ...silent, refused: (all) => sayRefused(session, all), notBegun: (host) => sayNotBegun(session, host) };
}

function ndjson(session: Session): Show {
  return {
    ...silent,
    event: ({ host }, event) => session.record({ ...hostRecord(host), ...eventRecord(event) }),
    refused: (all) => {
      for (const { host, kind, ctid, blockers } of all)
        session.record({ ...hostRecord(host), refused: refusedRecord(kind, ctid, blockers) });
    },
    notBegun: ({ host, ctids, complaint }) => session.record({ host, not_begun: { ctids, message: complaint.message } }),
  };
}

function document(session: Session, stage: () => Stage): Show {
  return { ...silent, notBegun: (host) => sayNotBegun(session, host), end: () => session.document(batchRecord(batchOf(stage()))) };
}

/** A stage as records are made of it. */
export function batchOf({ views, refused, notBegun }: Stage) {
  return { runs: views.map(({ host, run }) => ({ host, run })), refused, notBegun };
}

function ending(session: Session, { views, refused, notBegun }: Stage): Line[] {
  const look = session.look();
  const only = views[0];
  if (views.length === 1 && only && refused.length + notBegun.length === 0) return [[], ...endingOf(only.run, only.host, look)];
  if (views.length === 0) return [];
  const hosts = new Set([
    ...[...views, ...refused].map(({ host }: { host: HostName }) => hostLabel(host)),
    ...notBegun.map(({ host }) => host),
  ]);
  // Of a host that was asked for all it has, it is not known how many those would have been.
  const lost = notBegun.reduce((sum, { ctids }) => sum + Math.max(1, ctids.length), 0);
  return [...failedInFull(views, look), [], [span(counts(views, refused.length, lost, [...hosts]))]];
}
