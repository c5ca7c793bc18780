import type { Run__Output as Run } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { endingOf, outcomeWords, secondsOf } from "./ending.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean, columns, pad } from "./text.ts";
import { duration, shortTime } from "./time.ts";
import { hostLabel, shortRun, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "RUN" },
  { head: "KIND" },
  { head: "CTID", align: "right" },
  { head: "NAME", flexible: true },
  { head: "STATE" },
  { head: "ASKED FOR" },
  { head: "TOOK", align: "right" },
  { head: "OUTCOME", flexible: true },
];

const stateRoles: Record<string, Role> = {
  succeeded: "good",
  failed: "bad",
  cancelled: "warn",
  skipped: "warn",
  running: "warn",
  undoing: "warn",
};

/** Runs, a row each. */
export function runTable(runs: readonly Run[], host: HostName, look: Look): Line[] {
  if (runs.length === 0) return [[span(`no runs on ${hostLabel(host)}`)]];
  const rows = runs.map((run): Span[] => {
    const state = word(run.state);
    const seconds = secondsOf(run);
    return [
      span(hostLabel(host)),
      span(shortRun(run.id)),
      span(word(run.kind)),
      span(String(run.ctid)),
      span(clean(run.name)),
      span(state, stateRoles[state] ?? "plain"),
      span(timeOf(run.created_at, look)),
      span(seconds === null ? "-" : duration(seconds)),
      span(run.failure ? prose(run.failure.message, look) : outcomeWords(run, look), "dim"),
    ];
  });
  return tableWithNotes(heads, rows, look.width);
}

/** One run in full: what it does, where it stands, and what became of it. */
export function runDetail(run: Run, host: HostName, look: Look): Line[] {
  const state = word(run.state);
  const facts: readonly (readonly [string, Span])[] = [
    ["run", span(clean(run.id))],
    ["state", span(state, stateRoles[state] ?? "plain")],
    ["asked for", span(timeOf(run.created_at, look))],
    ["began", span(timeOf(run.started_at, look))],
    ["ended", span(timeOf(run.finished_at, look))],
    ["after", span(run.after_runs.map(shortRun).join(", "))],
  ];
  const ended = run.finished_at === null ? [] : [[], ...endingOf(run, host, look)];
  return [
    [span(hostLabel(host), "strong"), span(` · ${run.ctid} ${clean(run.name)} · ${word(run.kind)}`)],
    ...facts.filter(([, value]) => value.text !== "").map(([label, value]): Line => [span(`  ${pad(label, 10)}`, "dim"), value]),
    ...steps(run, look),
    ...ended,
  ];
}

function steps(run: Run, look: Look): Line[] {
  const all = run.plan?.steps ?? [];
  const titles = Math.max(0, ...all.map(({ title }) => columns(clean(title))));
  return all.map(({ id, title, detail }): Line => {
    const failed = run.failure?.step === id;
    const text = failed ? `failed: ${run.failure?.message ?? ""}` : detail;
    return [
      span(failed ? "  ✗ " : "  · ", failed ? "bad" : "dim"),
      span(pad(clean(title), titles)),
      span("  "),
      span(prose(text, look), failed ? "bad" : "dim"),
    ];
  });
}

function timeOf(timestamp: Run["created_at"], look: Look): string {
  const ms = fromTimestamp(timestamp);
  return ms === null ? "" : shortTime(ms, look);
}
