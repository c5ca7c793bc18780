/** How bad a finding is: "ok" was looked at and is well, "warn" is worth a look, "error" keeps something from working. */
export const findingLevels = ["error", "warn", "ok"] as const;
export type FindingLevel = (typeof findingLevels)[number];

/** What an examination of the host has found about one thing. */
export interface Finding {
  readonly level: FindingLevel;
  /** What it is about, a word: "storage", "clock". */
  readonly subject: string;
  /** What is wrong, or that nothing is. Times are RFC 3339. */
  readonly message: string;
  /** What to do about it; empty when it is well. */
  readonly remedy: string;
}
