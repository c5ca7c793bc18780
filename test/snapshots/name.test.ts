import { nameAt, patternProblem } from "../../src/agent/snapshots/name.ts";

const at = Date.UTC(2026, 10, 20, 23, 5, 9);

test.each([
  ["auto-%Y%m%d-%H%M", "UTC", "auto-20261120-2305"],
  ["auto-%Y%m%d-%H%M%S", "Europe/Berlin", "auto-20261121-000509"],
  ["d%d", "America/New_York", "d20"],
])("%s in %s is %s", (pattern, zone, name) => expect(nameAt(pattern, at, zone)).toBe(name));

const nightly = "0 3 * * *";
const hourly = "30 * * * *";

test.each<[string, string, string | null]>([
  ["auto-%Y%m%d-%H%M", nightly, null],
  ["auto-%Y%m%d", nightly, null],
  ["hour-%m%d-%H", hourly, null],
  ["auto-%Y%m%d-%H%M", "0 2 28-31 10 *", null],
  ["auto-%H%M", nightly, "the snapshots of 2024-01-01 03:00:00 and 2024-01-02 03:00:00 would both be called auto-0300"],
  ["auto-%Y%m%d", hourly, "the snapshots of 2024-01-01 01:30:00 and 2024-01-01 02:30:00 would both be called auto-20240101"],
  ["final-form", nightly, "the snapshots of 2024-01-01 03:00:00 and 2024-01-02 03:00:00 would both be called final-form"],
  ["%Y%m%d", nightly, "20240101 can't be the name of a snapshot: expected a letter, then letters, digits, _ or -"],
  ["auto %Y%m%d", nightly, "auto 20240101 can't be the name of a snapshot: expected a letter, then letters, digits, _ or -"],
  [`${"a".repeat(33)}%Y%m%d`, nightly, `${"a".repeat(33)}20240101 can't be the name of a snapshot: it has 41 characters, expected 2 to 40`],
  ["auto-%y", nightly, "%y stands for nothing; there are %Y, %m, %d, %H, %M, %S"],
  ["auto-%Y%", nightly, "% stands for nothing; there are %Y, %m, %d, %H, %M, %S"],
])("%s at %s", (pattern, cron, problem) => expect(patternProblem(pattern, { cron, time_zone: "Europe/Berlin" })).toBe(problem));
