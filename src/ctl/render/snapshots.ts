import type { Snapshot__Output as Snapshot } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { bytesText } from "./bytes.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { duration, shortTime } from "./time.ts";
import { hostLabel, shortRun, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "TAKEN" },
  { head: "AGE", align: "right" },
  { head: "BY", flexible: true },
  { head: "PARENT", flexible: true },
  { head: "SIZE", align: "right" },
  { head: "DESCRIPTION" },
];

/** Snapshots, a row each, and below them the hosts that did not answer. */
export function snapshotTable(
  snapshots: readonly Located<Snapshot>[],
  silent: readonly Silent[],
  look: Look,
  show: "sizes" | "no sizes",
): Line[] {
  const all = [hostColumn(silent), ...heads];
  const shown = all.map(({ head }) => head !== "SIZE" || show === "sizes");
  const rows = snapshots.map(({ host, item: snapshot }): Span[] => {
    const taken = fromTimestamp(snapshot.created_at);
    const notes = [...(snapshot.protected ? ["protected"] : []), prose(snapshot.description, look)].filter((note) => note !== "");
    return [
      span(hostLabel(host)),
      span(String(snapshot.ctid)),
      span(clean(snapshot.name)),
      span(taken === null ? "-" : shortTime(taken, look)),
      span(taken === null ? "-" : age(taken, look.now)),
      span(maker(snapshot), "dim"),
      span(clean(snapshot.parent) || "-", "dim"),
      span(snapshot.bytes === undefined ? "?" : bytesText(snapshot.bytes)),
      span(notes.join("; "), snapshot.protected ? "good" : "dim"),
    ].filter((_, at) => shown[at]);
  });
  const lines = tableWithNotes(
    all.filter((_, at) => shown[at]),
    rows,
    look.width,
  );
  return [...lines, ...silentLines(silent, snapshots, hostLabel)];
}

/** "hand", "run 01K4…7QXZ", "schedule nightly". */
function maker({ origin, schedule, run_id }: Snapshot): string {
  if (origin === "SNAPSHOT_ORIGIN_SCHEDULE") return `schedule ${clean(schedule)}`;
  return run_id === "" ? "hand" : `run ${shortRun(run_id)}`;
}

/** "3 d": the largest unit alone is enough beside the time. */
function age(taken: number, now: number): string {
  const [number = "", unit = ""] = duration(Math.round((now - taken) / 1000)).split(" ");
  return `${Number.parseInt(number, 10)} ${unit}`;
}

/** A snapshot that is protected now. */
export function protectedLine({ ctid, name }: Snapshot, host: HostName): Line {
  return [
    span(`Snapshot ${clean(name)} of ${ctid} on ${hostLabel(host)} is protected: nothing deletes or replaces it until it is unprotected.`),
  ];
}

/** One that is so no more; null when it does not exist any more. */
export function unprotectedLine(ctid: number, name: string, snapshot: Snapshot | null, host: HostName): Line {
  const gone = snapshot === null ? "; it does not exist any more" : "";
  return [span(`Snapshot ${clean(name)} of ${ctid} on ${hostLabel(host)} is not protected any more${gone}.`)];
}
