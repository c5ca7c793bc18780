import type { Ctid } from "../domain/container.ts";
import type { Gpus, IdleTime } from "../domain/gpu.ts";

/** What can be said of a container at one look. */
export type Use = "idle" | "in use" | "unknown";

/** What is known of a container that is idle, besides what is kept. */
export interface Idling extends IdleTime {
  /** From when on time counts: the last look, when that saw it idle; null when nobody knows what was since. */
  readonly counted: number | null;
  /** What it held then, MiB. */
  readonly used_mib: number | null;
}

/** How looking is done. */
export interface IdleRule {
  /** A GPU that is below this many percent does nothing. */
  readonly below_percent: number;
  /** How often one looks. */
  readonly sample_ms: number;
}

/** Time between two looks counts when they are no further apart than this many samples. */
const samplesApart = 2.5;
/** When nobody has seen it for longer than this, milliseconds, what was before says nothing any more. */
const forgottenAfter = 5 * 60_000;

/** What a restarted agent knows: the time that was seen, and nothing of the time since. */
export function remembered(times: readonly IdleTime[]): ReadonlyMap<Ctid, Idling> {
  return new Map(times.map((time) => [time.ctid, { ...time, counted: null, used_mib: null }]));
}

/**
 * Whether a container is in use. nvidia-smi says how busy a GPU is, not by whom: of those who hold memory on a busy one, all
 * are in use. So is who has a new process, or another amount of memory than before.
 */
export function useOf(ctid: Ctid, seen: Gpus, before: Idling | null, { below_percent }: IdleRule): Use {
  if (!seen.known) return "unknown";
  const own = seen.gpus.filter(({ processes }) => processes.some((process) => process.ctid === ctid));
  if (own.some(({ utilization_percent }) => (utilization_percent ?? 0) >= below_percent)) return "in use";
  const processes = own.flatMap((gpu) => gpu.processes).filter((process) => process.ctid === ctid);
  if (before !== null && processes.some(({ since }) => since !== null && since > before.seen)) return "in use";
  const used = memoryOf(ctid, seen);
  if (before !== null && before.used_mib !== null && used !== null && used !== before.used_mib) return "in use";
  return own.some(({ utilization_percent }) => utilization_percent === null) ? "unknown" : "idle";
}

/** Who is idle after one more look, and for how long. Only time between two looks that both saw a container idle counts. */
export function afterLook(
  before: ReadonlyMap<Ctid, Idling>,
  running: readonly Ctid[],
  seen: Gpus,
  now: number,
  rule: IdleRule,
): ReadonlyMap<Ctid, Idling> {
  const each = running.flatMap((ctid): readonly (readonly [Ctid, Idling])[] => {
    const known = before.get(ctid);
    const last = known === undefined || now - known.seen > forgottenAfter || now < known.seen ? null : known;
    const use = useOf(ctid, seen, last, rule);
    if (use === "in use" || (use === "unknown" && last === null)) return [];
    if (use === "unknown" && last !== null) return [[ctid, { ...last, counted: null, used_mib: null }]];
    const gap = last === null || last.counted === null ? Infinity : now - last.counted;
    const counted = gap <= rule.sample_ms * samplesApart ? gap : 0;
    return [[ctid, { ctid, idle_ms: (last?.idle_ms ?? 0) + counted, seen: now, counted: now, used_mib: memoryOf(ctid, seen) }]];
  });
  return new Map(each);
}

/** MiB that its processes hold; null when that is not known. */
function memoryOf(ctid: Ctid, seen: Gpus): number | null {
  if (!seen.known) return null;
  const own = seen.gpus.flatMap(({ processes }) => processes.filter((process) => process.ctid === ctid));
  return own.some(({ used_mib }) => used_mib === null) ? null : own.reduce((sum, { used_mib }) => sum + (used_mib ?? 0), 0);
}
