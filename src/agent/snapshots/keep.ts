import type { Snapshot } from "../domain/container.ts";
import { finalForm, insurance, preConfigured } from "../plan/subject.ts";

/** How long a schedule keeps its snapshots: what is over either of these goes. null: no limit of this kind. */
export interface Keep {
  readonly count: number | null;
  readonly age_ms: number | null;
}

/** Names that no schedule touches, whoever took what has them. */
const untouchable: readonly string[] = [preConfigured, finalForm, insurance];

/**
 * Of a container's snapshots (oldest first) those that a schedule lets go at a time, oldest first. Only what the schedule itself has
 * taken is counted and goes; its newest stays whatever its age, and so does what is protected, which is not counted.
 */
export function overdue(
  snapshots: readonly Snapshot[],
  schedule: string,
  { count, age_ms }: Keep,
  now: number,
  isProtected: (snapshot: Snapshot) => boolean,
): readonly Snapshot[] {
  const own = snapshots.filter(
    (each) => each.schedule === schedule && each.run !== null && !untouchable.includes(each.name) && !isProtected(each),
  );
  return own.filter(({ created }, at) => {
    const newer = own.length - 1 - at;
    const isTooMany = count !== null && newer >= count;
    const isTooOld = age_ms !== null && created !== null && now - created > age_ms;
    return newer > 0 && (isTooMany || isTooOld);
  });
}
