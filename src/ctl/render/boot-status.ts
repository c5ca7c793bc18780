import type { Run__Output as Run } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { table, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { clockTime, duration, shortTime } from "./time.ts";
import { count, hostLabel, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "STATE" },
  { head: "TURN" },
  { head: "AFTER", align: "right" },
  { head: "WHAT", flexible: true },
];

const states: Readonly<Partial<Record<Run["state"], readonly [string, Role]>>> = {
  RUN_STATE_SUCCEEDED: ["up", "good"],
  RUN_STATE_FAILED: ["failed", "bad"],
  RUN_STATE_CANCELLED: ["cancelled", "warn"],
  RUN_STATE_SKIPPED: ["skipped", "warn"],
  RUN_STATE_QUEUED: ["waits", "dim"],
};

/** What became of a boot: when each member had its turn, and how long after the boot's beginning it was up, or had failed. */
export function bootStatus(runs: readonly Run[], host: HostName, look: Look): Line[] {
  const began = Math.min(...runs.map(({ created_at }) => fromTimestamp(created_at) ?? Infinity));
  if (!Number.isFinite(began)) return [[span(`there was no boot by Phoenix on ${hostLabel(host)}`)]];
  const rows = runs.map((run): Span[] => {
    const [text, role] = states[run.state] ?? ["starting", "warn"];
    const turn = fromTimestamp(run.started_at);
    const end = fromTimestamp(run.finished_at);
    return [
      span(String(run.ctid)),
      span(clean(run.name)),
      span(text, role),
      span(turn === null ? "-" : clockTime(turn), "dim"),
      span(end === null ? "-" : duration((end - began) / 1000), "dim"),
      span(prose(run.failure?.message ?? (run.state === "RUN_STATE_SKIPPED" ? run.outcome : ""), look)),
    ];
  });
  const counted = [...Map.groupBy(rows, (row) => row[2]?.text ?? "")].map(([state, of]) => `${of.length} ${state}`);
  const head = `boot of ${shortTime(began, look)} on ${hostLabel(host)}: ${count(runs.length, "container")}, ${counted.join(", ")}`;
  return [[span(head)], ...table(heads, rows, look.width)];
}
