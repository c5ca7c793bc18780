import { snapshotNameProblem } from "../domain/container.ts";
import { firingsAfter, type Rule } from "../schedule/cron.ts";

/** What stands for a part of the time in a pattern. */
const letters = { Y: "year", m: "month", d: "day", H: "hour", M: "minute", S: "second" } as const;
const known = Object.keys(letters).map((letter) => `%${letter}`);

/** So many firings have to have names of their own. */
const compared = 100;
const anywhen = Date.UTC(2024, 0, 1);

/** The name that a pattern ("auto-%Y%m%d-%H%M") has at a time, milliseconds since 1970. */
export function nameAt(pattern: string, at: number, time_zone: string): string {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const format = new Intl.DateTimeFormat("en", { ...options, hourCycle: "h23", timeZone: time_zone });
  const parts = new Map<string, string>(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return pattern.replace(/%([YmdHMS])/g, (_, letter: keyof typeof letters) => parts.get(letters[letter]) ?? "");
}

/** Why the firings of a rule can't be named by a pattern, in a few words; null when they can. */
export function patternProblem(pattern: string, rule: Rule): string | null {
  const strange = (pattern.match(/%.?/g) ?? []).find((each) => !known.includes(each));
  if (strange !== undefined) return `${strange} stands for nothing; there are ${known.join(", ")}`;
  const times = new Map<string, string>();
  for (const at of firingsAfter(rule, anywhen, compared)) {
    const name = nameAt(pattern, at, rule.time_zone);
    const problem = snapshotNameProblem(name);
    if (problem !== null) return `${name} can't be the name of a snapshot: ${problem}`;
    // An hour that comes twice when clocks are set back has the same names twice; no pattern of such parts can help that.
    const time = nameAt("%Y-%m-%d %H:%M:%S", at, rule.time_zone);
    const other = times.get(name);
    if (other !== undefined && other !== time) return `the snapshots of ${other} and ${time} would both be called ${name}`;
    times.set(name, time);
  }
  return null;
}
