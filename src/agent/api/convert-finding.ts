import type { Finding__Output } from "../../../proto/index.ts";
import type { Finding } from "../domain/finding.ts";

const levels = { ok: "FINDING_LEVEL_OK", warn: "FINDING_LEVEL_WARN", error: "FINDING_LEVEL_ERROR" } as const;

/** A finding for the caller. */
export function toFinding({ level, ...rest }: Finding): Finding__Output {
  return { level: levels[level], ...rest };
}
