import type { Blocker__Output as Blocker, RunKind__Output as RunKind } from "../../../proto/types.ts";
import type { Trouble } from "../fleet/trouble.ts";

/** What was asked for and may not begin, with every reason. */
export interface Refused {
  readonly kind: RunKind;
  readonly ctid: number;
  readonly blockers: readonly Blocker[];
}

/** The refusals in a failed call, one for each container; null when it failed otherwise. */
export function refusedBy(trouble: Trouble, kind: RunKind): Refused[] | null {
  const blockers = trouble.report?.blockers ?? [];
  if (blockers.length === 0) return null;
  const ctids = [...new Set(blockers.map(({ ctid }) => ctid))];
  return ctids.map((ctid) => ({ kind, ctid, blockers: blockers.filter((blocker) => blocker.ctid === ctid) }));
}
