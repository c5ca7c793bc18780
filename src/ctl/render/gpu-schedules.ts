import type { GpuSchedule__Output as GpuSchedule } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { span, type Line, type Look, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { table, tableWithNotes, type Column } from "./table.ts";
import { clean } from "./text.ts";
import { duration, isoTime, shortTime } from "./time.ts";
import { hostLabel } from "./words.ts";

const heads: readonly Column[] = [
  { head: "NAME" },
  { head: "WHEN" },
  { head: "STOPS", flexible: true },
  { head: "LAST" },
  { head: "NEXT" },
  { head: "NOTE", flexible: true },
];

/** Schedules, a row each, and below them the hosts that did not answer. */
export function scheduleTable(schedules: readonly Located<GpuSchedule>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = schedules.map(({ host, item: schedule }): Span[] => {
    const next = fromTimestamp(schedule.next_at);
    const fired = fromTimestamp(schedule.fired_at);
    const paused = schedule.paused_at !== null;
    return [
      span(hostLabel(host)),
      span(clean(schedule.name)),
      span(clean(schedule.cron)),
      span(stopsOf(schedule)),
      span(fired === null ? "-" : shortTime(fired, look)),
      paused ? span("paused", "warn") : span(next === null ? "never" : shortTime(next, look)),
      span(notesOf(schedule, look), "dim"),
    ];
  });
  return [...tableWithNotes([hostColumn(silent), ...heads], rows, look.width), ...silentLines(silent, schedules, hostLabel)];
}

/** A time at which a schedule is due, in milliseconds since 1970. */
export interface Firing {
  readonly schedule: string;
  readonly at: number;
}

/** When schedules are due, a row each, and below them the hosts that did not answer. */
export function firingTable(firings: readonly Located<Firing>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = firings.map(({ host, item: { schedule, at } }) => [
    span(hostLabel(host)),
    span(clean(schedule)),
    span(shortTime(at, look)),
    span(duration((at - look.now) / 1000), "dim"),
  ]);
  const head = [hostColumn(silent), { head: "NAME" }, { head: "AT" }, { head: "IN" }];
  return [...table(head, rows, look.width), ...silentLines(silent, firings, hostLabel)];
}

/** "950, 951", "GPU 0 but 952", "all but 952". */
function stopsOf({ choice }: GpuSchedule): string {
  if (choice === null) return "-";
  const which = choice.of === "gpu" ? `GPU ${choice.gpu}` : choice.of === "all" ? "all" : (choice.containers?.ctids ?? []).join(", ");
  return choice.except.length === 0 ? which : `${which} but ${choice.except.join(", ")}`;
}

function notesOf({ time_zone, options, paused_at, missed_at, fired_at }: GpuSchedule, look: Look): string {
  const paused = fromTimestamp(paused_at);
  const missed = fromTimestamp(missed_at);
  const missedLast = missed !== null && missed > (fromTimestamp(fired_at) ?? 0);
  return [
    clean(time_zone),
    ...(options?.only_idle === true ? ["only if idle"] : []),
    ...((options?.grace_s ?? 0) > 0 ? [`${duration(options?.grace_s ?? 0)} to shut down`] : []),
    ...(paused === null ? [] : [`paused since ${shortTime(paused, look)}`]),
    ...(missedLast ? [`missed ${shortTime(missed, look)}`] : []),
  ].join(", ");
}

/** The record of a schedule. */
export function scheduleRecord({
  name,
  cron,
  time_zone,
  catch_up_s,
  choice,
  options,
  paused_at,
  fired_at,
  missed_at,
  next_at,
}: GpuSchedule) {
  return {
    name,
    cron,
    time_zone,
    catch_up_s,
    containers: choice?.of === "containers" ? (choice.containers?.ctids ?? []) : choice?.of === "all" ? "all" : null,
    gpu: choice?.of === "gpu" ? (choice.gpu ?? null) : null,
    except: choice?.except ?? [],
    only_idle: options?.only_idle ?? false,
    grace_s: (options?.grace_s ?? 0) === 0 ? null : options?.grace_s,
    paused: isoTime(paused_at),
    fired: isoTime(fired_at),
    missed: isoTime(missed_at),
    next: isoTime(next_at),
  };
}
