import type { Finding__Output as Finding } from "../../../proto/types.ts";
import { prose, span, type Line, type Look, type Role } from "./line.ts";
import { silentLines, type Located, type Silent } from "./located.ts";
import { clean, pad, wrap } from "./text.ts";
import { count, hostLabel, word } from "./words.ts";

const roles: Readonly<Record<string, Role>> = { error: "bad", warn: "warn", ok: "good" };

/** What an examination has found: for each host how many of what, then each finding with what to do below it, and the hosts that did not answer. */
export function findingLines(rows: readonly Located<Finding>[], silent: readonly Silent[], look: Look): Line[] {
  const hosts = [...new Set(rows.map(({ host }) => hostLabel(host)))];
  const of = (label: string) => rows.filter(({ host }) => hostLabel(host) === label).map(({ item }) => item);
  return [
    ...hosts.flatMap((label) => [headLine(label, of(label)), ...of(label).flatMap((finding) => linesOf(finding, look))]),
    ...silentLines(silent, rows, hostLabel),
  ];
}

/** "pve1: 1 error, 2 warnings". */
function headLine(label: string, findings: readonly Finding[]): Line {
  const of = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [of("FINDING_LEVEL_ERROR"), of("FINDING_LEVEL_WARN")];
  const counts = [errors > 0 ? count(errors, "error") : "", warnings > 0 ? count(warnings, "warning") : ""].filter((text) => text !== "");
  return [span(`${label}: `, "strong"), span(counts.join(", ") || "all is well", errors > 0 ? "bad" : warnings > 0 ? "warn" : "good")];
}

function linesOf({ level, subject, message, remedy }: Finding, look: Look): Line[] {
  const name = word(level);
  const about = pad(clean(subject), 13);
  const indent = " ".repeat(2 + 5 + 2 + about.length + 2);
  const width = Math.max(20, look.width - indent.length);
  const [first = "", ...rest] = wrap(prose(message, look), width);
  const remedies = remedy === "" ? [] : wrap(prose(remedy, look), width - 2);
  return [
    [span("  "), span(pad(name, 5), roles[name] ?? "plain"), span(`  ${about}  `, "dim"), span(first)],
    ...rest.map((text): Line => [span(`${indent}${text}`)]),
    ...remedies.map((text, at): Line => [span(`${indent}${at === 0 ? "→ " : "  "}${text}`, "dim")]),
  ];
}

/** A finding: level (error, warn, ok), subject, message, remedy. */
export function findingRecord({ level, subject, message, remedy }: Finding) {
  return { level: word(level), subject, message, remedy };
}
