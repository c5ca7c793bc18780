import type { Snapshot__Output as Snapshot } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { table, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { shortTime } from "./time.ts";
import { hostLabel, shortRun } from "./words.ts";

const heads: readonly Column[] = [
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "TAKEN" },
  { head: "BY" },
  { head: "PARENT", flexible: true },
  { head: "DESCRIPTION", flexible: true },
];

/** Snapshots, a row each, and below them the hosts that did not answer. */
export function snapshotTable(snapshots: readonly Located<Snapshot>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = snapshots.map(({ host, item: snapshot }): Span[] => {
    const taken = fromTimestamp(snapshot.created_at);
    return [
      span(hostLabel(host)),
      span(String(snapshot.ctid)),
      span(clean(snapshot.name)),
      span(taken === null ? "-" : shortTime(taken, look)),
      span(snapshot.run_id === "" ? "hand" : `run ${shortRun(snapshot.run_id)}`, "dim"),
      span(clean(snapshot.parent) || "-", "dim"),
      span(prose(snapshot.description, look), "dim"),
    ];
  });
  return [...table([hostColumn(silent), ...heads], rows, look.width), ...silentLines(silent, snapshots, hostLabel)];
}
