import type { Run__Output as Run, RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { endingOf, outcomeWords, secondsOf } from "./ending.ts";
import { stepLines } from "./live.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { hostColumn, silentLines, type Located, type Silent } from "./located.ts";
import { tableWithNotes, type Column } from "./table.ts";
import { clean, pad } from "./text.ts";
import { clockTime, duration, shortTime } from "./time.ts";
import { seen, viewOf, type Absence } from "./view.ts";
import { hostLabel, shortRun, word, type HostName } from "./words.ts";

const heads: readonly Column[] = [
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

/** Runs, a row each, and below them the hosts that did not answer. */
export function runTable(runs: readonly Located<Run>[], silent: readonly Silent[], look: Look): Line[] {
  const rows = runs.map(({ host, item: run }): Span[] => {
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
  return [...tableWithNotes([hostColumn(silent), ...heads], rows, look.width), ...silentLines(silent, runs, hostLabel)];
}

/** One run in full: what it does, where it stands, and what became of it; `story` is what has happened in it. */
export function runDetail(run: Run, story: readonly RunEvent[], host: HostName, look: Look): Line[] {
  const state = word(run.state);
  const view = story.reduce(seen, viewOf(run, host));
  const facts: readonly (readonly [string, Span])[] = [
    ["run", span(clean(run.id))],
    ["state", span(state, stateRoles[state] ?? "plain")],
    ["asked for", span(timeOf(run.created_at, look))],
    ["began", span(timeOf(run.started_at, look))],
    ["ended", span(timeOf(run.finished_at, look))],
    ["config", span(run.config_version === 0 ? "" : `version ${run.config_version}`)],
    ["after", span(run.after_runs.map(shortRun).join(", "))],
    ...view.absences.map((absence) => ["away", span(awayFrom(absence, look), "warn")] as const),
  ];
  const ended = run.finished_at === null ? [] : [[], ...endingOf(run, host, look)];
  return [
    [span(hostLabel(host), "strong"), span(` · ${run.ctid} ${clean(run.name)} · ${word(run.kind)}`)],
    ...facts.filter(([, value]) => value.text !== "").map(([label, value]): Line => [span(`  ${pad(label, 10)}`, "dim"), value]),
    ...stepLines(view, look),
    ...ended,
  ];
}

function awayFrom({ since, until, decision }: Absence, look: Look): string {
  const time = `${clockTime(since)} to ${clockTime(until)} (${duration((until - since) / 1000)})`;
  return `${time}: ${prose(decision, look)}`;
}

function timeOf(timestamp: Run["created_at"], look: Look): string {
  const ms = fromTimestamp(timestamp);
  return ms === null ? "" : shortTime(ms, look);
}
