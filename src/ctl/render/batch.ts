import { endingOf, outcomeWords, secondsOf } from "./ending.ts";
import { elapsedText, liveRun, lostText, spinnerAt, symbol, type Lost } from "./live.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { fitRows, type Row } from "./rows.ts";
import { clean, columns, pad } from "./text.ts";
import { duration } from "./time.ts";
import { currentStep, lastLines, type RunView } from "./view.ts";
import { hostLabel, word, type HostName } from "./words.ts";

const widest = 100;
const timeColumns = 9;
const longestName = 24;

/** Several runs at once: a row for each. */
export function liveBatch(views: readonly RunView[], host: HostName, lost: Lost, look: Look): Line[] {
  const names = Math.min(longestName, Math.max(0, ...views.map(({ run }) => columns(clean(run.name)))));
  const ctids = Math.max(0, ...views.map(({ run }) => String(run.ctid).length));
  const rows = views.map((view): Row => ({ line: row(view, { ctids, names }, look), about: aboutOf(view) }));
  const head = [span(hostLabel(host), "strong"), span(` · ${kinds(views)}`)];
  const trouble = lostText(lost, look.now).map((text): Line => [span(`    ${text}`, "warn")]);
  return [head, ...fitRows(rows, look.height - 1 - trouble.length), ...trouble];
}

/** The runs that failed, each with its steps and the end of its output. */
export function failedInFull(views: readonly RunView[], host: HostName, look: Look): Line[] {
  const failed = views.filter(({ run }) => run.state === "RUN_STATE_FAILED");
  return failed.flatMap((view) => [[], ...liveRun(view, host, null, { ...look, height: Infinity }), [], ...endingOf(view.run, host, look)]);
}

/** "5 done, 1 failed, 1 skipped on pve1." */
export function counts(views: readonly RunView[], refused: number, host: HostName): string {
  const states = [
    ["done", "RUN_STATE_SUCCEEDED"],
    ["failed", "RUN_STATE_FAILED"],
    ["cancelled", "RUN_STATE_CANCELLED"],
    ["skipped", "RUN_STATE_SKIPPED"],
  ] as const;
  const ended = states.map(([name, state]) => [name, views.filter(({ run }) => run.state === state).length] as const);
  const all = [...ended, ["refused", refused] as const].filter(([, number]) => number > 0);
  return `${all.map(([name, number]) => `${number} ${name}`).join(", ")} on ${hostLabel(host)}.`;
}

function aboutOf({ run }: RunView): Row["about"] {
  if (run.state === "RUN_STATE_QUEUED") return "later";
  return run.state === "RUN_STATE_SUCCEEDED" || run.state === "RUN_STATE_SKIPPED" ? "done" : "now";
}

function kinds(views: readonly RunView[]): string {
  return `${[...new Set(views.map(({ run }) => word(run.kind)))].join(", ")} of ${views.length} containers`;
}

function row(view: RunView, { ctids, names }: { ctids: number; names: number }, look: Look): Line {
  const width = Math.min(look.width, widest);
  const [mark, detail, role] = standing(view, look);
  const time = timeText(view, look.now);
  const room = width - 4 - ctids - 1 - names - 2 - 2 - timeColumns;
  const name = `${String(view.run.ctid).padStart(ctids)} ${pad(clean(view.run.name), names)}`;
  return [
    span("  "),
    mark,
    span(" "),
    span(name),
    span("  "),
    span(pad(detail, Math.max(0, room)), role),
    span("  "),
    span(pad(time, timeColumns, "right"), "dim"),
  ];
}

function standing(view: RunView, look: Look): readonly [Span, string, Role] {
  const { run } = view;
  const outcome = outcomeWords(run, look);
  const step = currentStep(view);
  if (run.state === "RUN_STATE_SUCCEEDED") return [symbol("done", look.now), `done: ${outcome}`, "dim"];
  if (run.state === "RUN_STATE_FAILED") return [symbol("failed", look.now), `failed: ${prose(run.failure?.message ?? "", look)}`, "bad"];
  if (run.state === "RUN_STATE_CANCELLED") return [symbol("failed", look.now), `cancelled: ${outcome}`, "warn"];
  if (run.state === "RUN_STATE_SKIPPED") return [symbol("pending", look.now), `skipped: ${outcome}`, "warn"];
  if (run.state === "RUN_STATE_QUEUED") return [symbol("pending", look.now), "waits for its turn", "dim"];
  const mark = span(spinnerAt(look.now), "warn");
  if (step === undefined) return [mark, "between two steps", "dim"];
  const place = step.undo ? "going back: " : `${view.steps.indexOf(step) + 1}/${view.steps.length} `;
  const said = lastLines(view.tail, 1)[0];
  return [mark, `${place}${clean(step.title)}${said === undefined ? "" : `: ${clean(said)}`}`, "plain"];
}

function timeText(view: RunView, now: number): string {
  const took = secondsOf(view.run);
  if (took !== null) return duration(took);
  return view.began === null ? "" : elapsedText({ ...view, run: { ...view.run, plan: null } }, now);
}
