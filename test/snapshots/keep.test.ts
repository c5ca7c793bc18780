import type { Snapshot } from "../../src/agent/domain/container.ts";
import { overdue, type Keep } from "../../src/agent/snapshots/keep.ts";

const day = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 10, 20);
/** A snapshot of so many days ago. */
const snapshot = (name: string, days: number | null, more: Partial<Snapshot> = {}): Snapshot => ({
  name,
  created: days === null ? null : now - days * day,
  parent: null,
  description: "",
  run: "01K00000000000000000000001",
  schedule: "night",
  ...more,
});
const five = [5, 4, 3, 2, 1].map((days) => snapshot(`a${days}`, days));
const nothing: Keep = { count: null, age_ms: null };

test.each<[string, readonly Snapshot[], Partial<Keep>, string[]]>([
  ["as many as there are", five, { count: 5 }, []],
  ["two", five, { count: 2 }, ["a5", "a4", "a3"]],
  ["one", five, { count: 1 }, ["a5", "a4", "a3", "a2"]],
  ["of two and a half days", five, { age_ms: 2.5 * day }, ["a5", "a4", "a3"]],
  ["of exactly three days", five, { age_ms: 3 * day }, ["a5", "a4"]],
  ["both, count being less", five, { count: 2, age_ms: 4 * day }, ["a5", "a4", "a3"]],
  ["both, age being less", five, { count: 4, age_ms: 2 * day }, ["a5", "a4", "a3"]],
  ["the newest, however old", five, { age_ms: 1 }, ["a5", "a4", "a3", "a2"]],
  ["of no known time, by age", [snapshot("x", null), ...five], { age_ms: 4 * day }, ["a5"]],
  ["of no known time, by count", [snapshot("x", null), ...five], { count: 5 }, ["x"]],
  ["everything", five, {}, []],
  ["none", [], { count: 1 }, []],
  [
    "what others took, which is not counted either",
    [
      snapshot("by-hand", 9, { run: null, schedule: null }),
      snapshot("by-run", 8, { schedule: null }),
      snapshot("of-another", 7, { schedule: "nightly" }),
      snapshot("of-no-run", 6, { run: null }),
      snapshot("a2", 2),
      snapshot("a1", 1),
      snapshot("later", 0, { schedule: null }),
    ],
    { count: 2, age_ms: 3 * day },
    [],
  ],
  [
    "names of Phoenix's own",
    ["pre-configured", "final-form", "phoenix-insurance"].map((name) => snapshot(name, 9)).concat(five),
    { count: 5 },
    [],
  ],
  ["what is protected, which is not counted", [snapshot("safe", 9), ...five], { count: 4, age_ms: 8 * day }, ["a5"]],
])("keeps %s", (_, snapshots, keep, expected) => {
  const safe = ({ name }: Snapshot) => name === "safe";
  expect(overdue(snapshots, "night", { ...nothing, ...keep }, now, safe).map(({ name }) => name)).toEqual(expected);
});
