import { endingOf } from "../render/ending.ts";
import { counts, failedInFull, liveBatch } from "../render/batch.ts";
import { eventRecord, hostRecord, refusedRecord, runRecord } from "../render/json.ts";
import { span, type Line } from "../render/line.ts";
import { headLine, liveRun, lostText } from "../render/live.ts";
import { plainLines } from "../render/plain.ts";
import { failedStep, lastLines } from "../render/view.ts";
import type { HostName } from "../render/words.ts";
import { clean } from "../render/text.ts";
import type { Session } from "../session.ts";
import type { Refused } from "./refused.ts";
import type { Show, Views } from "./show.ts";
import { liveArea } from "./terminal.ts";

/** How often the spinner and the clock move, in milliseconds. */
const frame = 100;

/** The way to show runs that fits what the user asked for and where the output goes. */
export function showFor(session: Session, host: HostName, refused: readonly Refused[], views: () => Views): Show {
  if (session.output === "ndjson") return ndjson(session, host, refused);
  if (session.output !== "table") return document(session, host, refused);
  if (session.quiet) return quiet(session, host);
  return session.live && views().length > 0 ? live(session, host, refused, views) : plain(session, host, refused);
}

const silent: Show = { event: () => {}, connection: () => {}, stop: () => {}, end: async () => {} };

function live(session: Session, host: HostName, refused: readonly Refused[], views: () => Views): Show {
  const area = liveArea(session.io.stdout);
  let lost: number | null = null;
  const draw = () => {
    const look = session.look();
    // A line that fills the last column makes some terminals wrap, and one more row scrolls the first away.
    const room = { ...look, width: look.width - 1, height: look.height - 1 };
    const all = views();
    area.draw(all.length === 1 && all[0] ? liveRun(all[0], host, lost, room) : liveBatch(all, host, lost, room), look);
  };
  const timer = setInterval(draw, frame);
  session.io.stdout.on("resize", draw);
  return {
    event: () => {},
    connection: (since) => {
      lost = since;
    },
    stop: () => {
      clearInterval(timer);
      session.io.stdout.off("resize", draw);
      draw();
    },
    end: async (all) => session.print(ending(session, host, all, refused)),
  };
}

function plain(session: Session, host: HostName, refused: readonly Refused[]): Show {
  let lost = false;
  return {
    ...silent,
    event: (before, event) => session.print(plainLines(before, event, host, session.look()).map((text) => [span(text)])),
    connection: (since) => {
      if (since !== null && !lost) session.printError(lostText(since, since).map((text) => [span(text)]));
      lost = since !== null;
    },
    end: async (all) => session.print(ending(session, host, all, refused)),
  };
}

function quiet(session: Session, host: HostName): Show {
  const end = async (all: Views) => {
    for (const view of all.filter(({ run }) => run.state !== "RUN_STATE_SUCCEEDED")) {
      const output = failedStep(view) ? lastLines(view.tail, 12).map((line): Line => [span(`      │ ${clean(line)}`, "dim")]) : [];
      session.printError([headLine(view, host), ...output, ...endingOf(view.run, host, session.look())]);
    }
  };
  return { ...silent, end };
}

function ndjson(session: Session, host: HostName, refused: readonly Refused[]): Show {
  for (const { kind, ctid, blockers } of refused) session.record({ ...hostRecord(host), refused: refusedRecord(kind, ctid, blockers) });
  return { ...silent, event: (_, event) => session.record({ ...hostRecord(host), ...eventRecord(event) }) };
}

function document(session: Session, host: HostName, refused: readonly Refused[]): Show {
  const end = (all: Views) =>
    session.document({
      ...hostRecord(host),
      runs: all.map(({ run }) => runRecord(run)),
      refused: refused.map(({ kind, ctid, blockers }) => refusedRecord(kind, ctid, blockers)),
    });
  return { ...silent, end };
}

function ending(session: Session, host: HostName, all: Views, refused: readonly Refused[]): Line[] {
  const look = session.look();
  const only = all[0];
  if (all.length === 1 && only && refused.length === 0) return [[], ...endingOf(only.run, host, look)];
  if (all.length === 0) return [];
  return [...failedInFull(all, host, look), [], [span(counts(all, refused.length, host))]];
}
