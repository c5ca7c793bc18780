import type { Snapshot__Output as Snapshot } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { table, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { shortTime } from "./time.ts";
import { hostLabel, shortRun, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "TAKEN" },
  { head: "BY" },
  { head: "PARENT", flexible: true },
  { head: "DESCRIPTION", flexible: true },
];

/** Snapshots, a row each. */
export function snapshotTable(snapshots: readonly Snapshot[], host: HostName, look: Look): Line[] {
  if (snapshots.length === 0) return [[span(`no snapshots on ${hostLabel(host)}`)]];
  const rows = snapshots.map((snapshot): Span[] => {
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
  return table(heads, rows, look.width);
}
