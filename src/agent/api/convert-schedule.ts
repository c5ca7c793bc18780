import { toTimestamp, type SnapshotSchedule__Output } from "../../../proto/index.ts";
import type { SnapshotScheduleView } from "../snapshots/schedules.ts";

/** A snapshot schedule for the caller. */
export function toSnapshotSchedule({ schedule, of, fired, missed, next }: SnapshotScheduleView): SnapshotSchedule__Output {
  const { count, age_ms } = of.keep;
  return {
    ...schedule,
    ctids: of.containers === "all" ? [] : [...of.containers],
    pattern: of.pattern,
    ...(count === null ? {} : { keep_count: count }),
    ...(age_ms === null ? {} : { keep_age_s: age_ms / 1000 }),
    fired_at: stamp(fired),
    missed_at: stamp(missed),
    next_at: stamp(next),
  };
}

function stamp(ms: number | null) {
  return ms === null ? null : toTimestamp(ms);
}
