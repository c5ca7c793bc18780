import type { SnapshotSchedule__Output as SnapshotSchedule } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { span, type Line, type Look, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { duration, isoTime, shortTime } from "./time.ts";
import { hostLabel } from "./words.ts";

const heads: readonly Column[] = [
  { head: "NAME" },
  { head: "WHEN" },
  { head: "CTIDS", flexible: true },
  { head: "PATTERN" },
  { head: "KEEPS" },
  { head: "LAST" },
  { head: "NEXT" },
  { head: "NOTE", flexible: true },
];

/** Schedules, a row each, and below them the hosts that did not answer. */
export function snapshotScheduleTable(schedules: readonly Located<SnapshotSchedule>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = schedules.map(({ host, item: schedule }): Span[] => {
    const fired = fromTimestamp(schedule.fired_at);
    const next = fromTimestamp(schedule.next_at);
    return [
      span(hostLabel(host)),
      span(clean(schedule.name)),
      span(clean(schedule.cron)),
      span(schedule.ctids.length === 0 ? "all" : schedule.ctids.join(", ")),
      span(clean(schedule.pattern)),
      span(keeps(schedule)),
      span(fired === null ? "-" : shortTime(fired, look)),
      span(next === null ? "never" : shortTime(next, look)),
      span(notes(schedule, look), "dim"),
    ];
  });
  return [...tableWithNotes([hostColumn(silent), ...heads], rows, look.width), ...silentLines(silent, schedules, hostLabel)];
}

/** "7", "14 d", "7, 14 d". */
function keeps({ keep_count, keep_age_s }: SnapshotSchedule): string {
  const count = keep_count === undefined ? [] : [String(keep_count)];
  const age = keep_age_s === undefined ? [] : [duration(Number(keep_age_s))];
  return [...count, ...age].join(", ");
}

function notes({ time_zone, fired_at, missed_at }: SnapshotSchedule, look: Look): string {
  const missed = fromTimestamp(missed_at);
  const isLast = missed !== null && missed > (fromTimestamp(fired_at) ?? 0);
  return [clean(time_zone), ...(isLast ? [`missed ${shortTime(missed, look)}`] : [])].join(", ");
}

/** The record of a schedule. */
export function snapshotScheduleRecord(schedule: SnapshotSchedule) {
  const { name, cron, time_zone, catch_up_s, ctids, pattern, keep_count, keep_age_s, fired_at, missed_at, next_at } = schedule;
  return {
    name,
    cron,
    time_zone,
    catch_up_s,
    containers: ctids.length === 0 ? "all" : ctids,
    pattern,
    keep_count: keep_count ?? null,
    keep_age_s: keep_age_s === undefined ? null : Number(keep_age_s),
    fired: isoTime(fired_at),
    missed: isoTime(missed_at),
    next: isoTime(next_at),
  };
}
