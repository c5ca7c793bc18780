import type { Blocker__Output as Blocker, Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose, span, type Line, type Look } from "./line.ts";
import { columns, pad, wrap } from "./text.ts";
import { duration, type Reader } from "./time.ts";
import { hostLabel, reasonWords, shortRun, word, type HostName } from "./words.ts";

/** A run or plan by what it does. */
interface Subject {
  readonly kind: RunKind;
  readonly ctid: number;
}

/** What is true now that the run has ended, and, if it failed, what to do next. */
export function endingOf(run: Run, host: HostName, look: Look): Line[] {
  const isGood = run.state === "RUN_STATE_SUCCEEDED";
  const sentence = isGood ? `${standing(run, host, look)} ${took(run)}` : badEnding(run, host, look);
  return [...wrap(sentence, look.width).map((line) => [span(line)]), ...(isGood ? [] : hints(run, look))];
}

/** "letsgo of 950 on pve1". */
export function naming({ kind, ctid }: Subject, host: HostName): string {
  return `${word(kind)} of ${ctid} on ${hostLabel(host)}`;
}

/** Why a run may not begin: every reason, each with its remedy. */
export function refusal(subject: Subject, blockers: readonly Blocker[], host: HostName, look: Look): Line[] {
  const names = blockers.map(({ reason }) => reasonWords(reason));
  const width = Math.max(0, ...names.map(columns));
  const room = look.width - width - 4;
  const rows = blockers.flatMap(({ message, remedy }, index) => {
    const texts = [
      ...wrap(prose(message, look), room),
      ...(remedy === "" ? [] : wrap(prose(remedy, look), room).map((line) => `  ${line}`)),
    ];
    const from = wrap(prose(message, look), room).length;
    return texts.map((text, row): Line => [
      span("  "),
      span(pad(row === 0 ? (names[index] ?? "") : "", width), "bad"),
      span("  "),
      span(text, row < from ? "plain" : "strong"),
    ]);
  });
  return [[span(`${naming(subject, host)} is refused. Nothing was changed.`)], ...rows];
}

/** The seconds of a run from its first step to its end; null while it has no end. */
export function secondsOf(run: Run): number | null {
  const from = fromTimestamp(run.started_at);
  const to = fromTimestamp(run.finished_at);
  return from === null || to === null ? null : (to - from) / 1000;
}

/** The outcome in a few words, for rows that have the CTID already: "running, healthy". */
export function outcomeWords(run: Run, reader: Reader): string {
  return outcomeOf(run, reader)
    .replace(new RegExp(`^${run.ctid} is `), "")
    .replace(/\.$/, "");
}

function outcomeOf(run: Run, reader: Reader): string {
  return prose(run.outcome, reader);
}

/** The outcome with the host in it: "950 is running on pve1, healthy." */
function standing(run: Run, host: HostName, look: Look): string {
  const outcome = outcomeOf(run, look);
  const where = hostLabel(host);
  const subject = `${run.ctid} is `;
  if (!outcome.startsWith(subject)) return `${naming(run, host)} is done. ${outcome}`.trimEnd();
  const [first = "", ...rest] = outcomeWords(run, look).split(", ");
  return `${[`${subject}${first} on ${where}`, ...rest].join(", ")}.`;
}

function took(run: Run): string {
  const seconds = secondsOf(run);
  if (seconds === null) return "";
  const away = run.away_ms / 1000;
  const own = Math.max(0, seconds - away - run.platform_ms / 1000);
  const lost = away > 0 ? `, ${duration(away)} of it lost while the agent was away` : "";
  return `${duration(seconds)}${lost}, ${own < 0.05 ? "less than 0.1 s" : duration(own)} of it Phoenix.`;
}

function badEnding(run: Run, host: HostName, look: Look): string {
  const outcome = outcomeOf(run, look);
  if (run.state !== "RUN_STATE_FAILED") return `${naming(run, host)} was ${word(run.state)}. ${outcome}`.trimEnd();
  const why = run.failure ? `: ${prose(run.failure.message, look).replace(/\.$/, "")}` : "";
  const step = run.plan?.steps.find(({ id }) => id === run.failure?.step);
  const where = step ? ` in "${prose(step.title, look)}"` : "";
  return `${naming(run, host)} failed${where}${why}. ${outcome}`.trimEnd();
}

/** How each kind is asked for again; the ones that need more than a CTID have none. */
const again: Partial<Record<RunKind, string>> = {
  RUN_KIND_ORCHESTRATE: "orchestrate",
  RUN_KIND_RECONFIGURE: "reconfigure",
  RUN_KIND_LETSGO: "letsgo",
  RUN_KIND_START: "start",
  RUN_KIND_STOP: "stop",
  RUN_KIND_RESTART: "restart",
};

function hints(run: Run, look: Look): Line[] {
  const command = again[run.kind];
  const keep = (run.plan?.undo.length ?? 0) > 0 && run.state === "RUN_STATE_FAILED";
  const rows: (readonly [string, string])[] = [];
  for (const { remedy } of [run.failure, run.undo_failure].filter((each) => each != null)) {
    if (remedy !== "") rows.push(["what to do", prose(remedy, look)]);
  }
  if (run.state === "RUN_STATE_FAILED") rows.push(["whole output", `phoenixctl run logs ${shortRun(run.id)}`]);
  if (command) rows.push(["try again", `phoenixctl ${command} ${run.ctid}`]);
  if (command && keep) rows.push(["to look inside", `phoenixctl ${command} ${run.ctid} --on-failure keep`]);
  return rows.map(([label, text]) => [span("  "), span(pad(label, 16), "dim"), span(text)]);
}
