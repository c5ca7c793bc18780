import type {
  ConfigChange__Output as ConfigChange,
  ConfigReport__Output as ConfigReport,
  ConfigVersion__Output as ConfigVersion,
  Problem__Output as Problem,
} from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { changeRows } from "./plan-table.ts";
import { table, type Column } from "./table.ts";
import { clean, wrap } from "./text.ts";
import { shortTime } from "./time.ts";
import { count, hostLabel, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "VERSION", align: "right" },
  { head: "WHEN" },
  { head: "BY" },
  { head: "WHAT" },
  { head: "FILES", align: "right" },
  { head: "MESSAGE", flexible: true },
];

/** Versions, a row each; the one that counts is marked. */
export function versionTable(versions: readonly ConfigVersion[], current: number, host: HostName, look: Look): Line[] {
  if (versions.length === 0) return [[span(`no version of the configuration of ${hostLabel(host)} is kept yet`)]];
  const rows = versions.map((version): Span[] => [
    span(hostLabel(host)),
    span(`${version.no === current ? "* " : ""}${version.no}`, version.no === current ? "good" : "plain"),
    span(timeOf(version, look)),
    span(clean(version.author) || "-"),
    span(version.set_aside === "" ? word(version.cause) : "set aside", version.set_aside === "" ? "plain" : "warn"),
    span(String(version.files)),
    span(prose([version.message, version.set_aside].filter((text) => text !== "").join(": "), look), "dim"),
  ]);
  return table(heads, rows, look.width);
}

/** "version 7, pushed by ana 14:03: a larger model". */
export function versionText(version: ConfigVersion | null, look: Look): string {
  if (version === null) return "nothing";
  const by = version.author === "" ? "" : ` by ${clean(version.author)}`;
  const what = version.message === "" ? "" : `: ${prose(version.message, look)}`;
  return `version ${version.no}, ${word(version.cause)}${by} ${timeOf(version, look)}${what}`;
}

function timeOf({ at }: ConfigVersion, look: Look): string {
  const ms = fromTimestamp(at);
  return ms === null ? "-" : shortTime(ms, look);
}

/** Everything that is to be said about a configuration, with its place; the manifest goes by the given name. */
export function problemLines(problems: readonly Problem[], manifest: string): Line[] {
  return problems.map(({ error, path, line, column, message }) => {
    const isInManifest = path.startsWith("$");
    const where = `${clean(isInManifest ? manifest : path)}${line === 0 ? "" : `:${line}:${column}`}`;
    const inside = !isInManifest || path === "$" ? "" : `${clean(path)}: `;
    return [span(`${where}: `), span(error ? "error" : "warning", error ? "bad" : "warn"), span(`: ${inside}${clean(message)}`)];
  });
}

/** "2 errors, 1 warning". */
export function countsOf(problems: readonly Problem[]): string {
  const errors = problems.filter(({ error }) => error).length;
  return `${count(errors, "error")}, ${count(problems.length - errors, "warning")}`;
}

/** What a configuration would mean for the host: for its containers first, then for its files. */
export function meaningLines(report: ConfigReport, look: Look): Line[] {
  const refused = report.blockers.flatMap(({ message, remedy }) => bullet("refused", `${message}; ${remedy}`, "bad", look));
  const others = [
    ...bullet("no longer in the manifest", report.dropped.join(", "), "warn", look),
    ...bullet("goes from the host", report.removed.join(", "), "warn", look),
    ...bullet("not in the folder, stays as it is on the host", report.kept.join(", "), "plain", look),
  ];
  const fresh = report.plans.filter(({ ctid }) => !report.pending.includes(ctid));
  const plans = fresh.length === 0 ? [] : [[span("The next orchestrate would change:", "strong")], ...changeRows(fresh, look)];
  // With errors in it nothing was planned.
  const isPlanned = !report.problems.some(({ error }) => error);
  const nothing = isPlanned && report.changes.length > 0 && fresh.length === 0 ? [[span("No container would be changed by it.")]] : [];
  const pending = bullet("pending already, without this", report.pending.join(", "), "dim", look);
  return [...plans, ...nothing, ...pending, ...others, ...refused];
}

/** What is in a folder and is not sent. */
export function passedLines(passed: readonly string[], look: Look): Line[] {
  return bullet("not sent", passed.join(", "), "dim", look);
}

function bullet(label: string, text: string, role: Role, look: Look): Line[] {
  if (text === "") return [];
  const [first = "", ...rest] = wrap(prose(`${label}: ${text}`, look), look.width);
  return [[span(first, role)], ...rest.map((line): Line => [span(`  ${line}`, role)])];
}

/** What differs, file by file. */
export function differenceLines(changes: readonly ConfigChange[]): Line[] {
  return changes.flatMap((change) => [[], ...oneFile(change)]);
}

function oneFile({ place, name, before, after, lines, bytes_before, bytes_after, more_lines }: ConfigChange): Line[] {
  const what = before ? (after ? "changed" : "removed") : "added";
  const sizes = before && after ? `${bytes_before} -> ${bytes_after} bytes` : `${before ? bytes_before : bytes_after} bytes`;
  const head: Line = [span(`${what}  ${word(place)}/${clean(name)}`, "strong"), span(`  ${sizes}`, "dim")];
  const shown = lines === "" ? [] : lines.split("\n").map((line): Line => [span(clean(line), roleOf(line))]);
  const none =
    lines === "" && before && after
      ? [[span("  not compared line by line: no text, too large, or another file altogether", "dim")] as Line]
      : [];
  return [head, ...shown, ...none, ...(more_lines === 0 ? [] : [[span(`  … ${count(more_lines, "more line")}`, "dim")] as Line])];
}

function roleOf(line: string): Role {
  if (line.startsWith("+")) return "good";
  if (line.startsWith("-")) return "bad";
  return line.startsWith("@@") ? "dim" : "plain";
}

/** What keeps the files on a host from being what counts, where something does. */
export function troubleLines(trouble: string, host: HostName, look: Look): Line[] {
  if (trouble === "") return [];
  const texts = wrap(prose(`configuration of ${hostLabel(host)}: ${trouble}; phoenixctl config check`, look), look.width);
  return texts.map((text): Line => [span(text, "bad")]);
}
