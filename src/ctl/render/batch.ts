import { endingOf, outcomeWords, secondsOf } from "./ending.ts";
import { elapsedText, liveRun, lostText, spinnerAt, symbol } from "./live.ts";
import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { fitRows, type Row } from "./rows.ts";
import { clean, columns, pad } from "./text.ts";
import { duration } from "./time.ts";
import { currentStep, lastLines, type RunView } from "./view.ts";
import { count, hostLabel, word } from "./words.ts";

const widest = 100;
const timeColumns = 9;
const longestName = 24;
const longestHost = 16;

/** What a batch of runs has come to: the runs that began, by their hosts, and what is still waited for. */
export interface Batch {
  readonly views: readonly RunView[];
  /** What hosts were asked for that have not answered yet: the host, and its containers. */
  readonly asked: readonly Asked[];
  /** Since when the connection to a host is lost, by its name; milliseconds since 1970. */
  readonly lost: ReadonlyMap<string, number>;
}

export interface Asked {
  readonly host: string;
  readonly ctids: readonly number[];
}

/** Several runs at once: a row for each, wherever it runs. */
export function liveBatch({ views, asked, lost }: Batch, look: Look): Line[] {
  const hosts = [...new Set([...views.map(({ host }) => hostLabel(host)), ...asked.map(({ host }) => clean(host))])];
  const places = hosts.length > 1 ? Math.min(longestHost, Math.max(...hosts.map(columns))) : 0;
  const names = Math.min(longestName, Math.max(0, ...views.map(({ run }) => columns(clean(run.name)))));
  const ctids = Math.max(
    0,
    ...[...views.map(({ run }) => run.ctid), ...asked.flatMap((each) => each.ctids)].map((ctid) => String(ctid).length),
  );
  const widths = { places, ctids, names };
  const rows = [
    ...views.map((view): Row => ({ line: row(view, widths, look), about: aboutOf(view) })),
    ...asked.flatMap(({ host, ctids: those }) =>
      (those.length === 0 ? ["all"] : those).map((ctid): Row => ({ line: askedRow(host, ctid, widths, look), about: "now" })),
    ),
  ];
  const where = hosts.length > 1 ? `${hosts.length} hosts` : (hosts[0] ?? "");
  const number = views.length + asked.reduce((sum, each) => sum + each.ctids.length, 0);
  const head = [span(where, "strong"), span(` · ${kinds(views, number)}`)];
  const trouble = [...lost].flatMap(([host, since]) =>
    lostText(since, look.now).map((text): Line => [span(`    ${hosts.length > 1 ? `${host}: ` : ""}${text}`, "warn")]),
  );
  return [head, ...fitRows(rows, look.height - 1 - trouble.length), ...trouble];
}

/** The runs that failed, each with its steps and the end of its output. */
export function failedInFull(views: readonly RunView[], look: Look): Line[] {
  const failed = views.filter(({ run }) => run.state === "RUN_STATE_FAILED");
  return failed.flatMap((view) => [[], ...liveRun(view, null, { ...look, height: Infinity }), [], ...endingOf(view.run, view.host, look)]);
}

/** "5 done, 1 failed, 1 skipped on pve1." Besides the runs: how many were refused, and how many could not be asked for; on these hosts. */
export function counts(views: readonly RunView[], refused: number, failed: number, hosts: readonly string[]): string {
  const states = [
    ["done", "RUN_STATE_SUCCEEDED"],
    ["failed", "RUN_STATE_FAILED"],
    ["cancelled", "RUN_STATE_CANCELLED"],
    ["skipped", "RUN_STATE_SKIPPED"],
  ] as const;
  const ended = states.map(([name, state]) => [name, views.filter(({ run }) => run.state === state).length] as const);
  const all = [...ended, ["refused", refused] as const, ["not begun", failed] as const].filter(([, number]) => number > 0);
  return `${all.map(([name, number]) => `${number} ${name}`).join(", ")} on ${hosts.length > 3 ? `${hosts.length} hosts` : hosts.join(", ")}.`;
}

function aboutOf({ run }: RunView): Row["about"] {
  if (run.state === "RUN_STATE_QUEUED") return "later";
  return run.state === "RUN_STATE_SUCCEEDED" || run.state === "RUN_STATE_SKIPPED" ? "done" : "now";
}

function kinds(views: readonly RunView[], number: number): string {
  const names = [...new Set(views.map(({ run }) => word(run.kind)))].join(", ");
  return `${names === "" ? "asking for runs" : names} of ${count(number, "container")}`;
}

interface Widths {
  readonly places: number;
  readonly ctids: number;
  readonly names: number;
}

/** A run that has not begun, since its host has not answered yet. */
function askedRow(host: string, ctid: number | string, { places, ctids }: Widths, look: Look): Line {
  const place = places === 0 ? "" : `${pad(clean(host), places)} `;
  return [
    span("  "),
    span(spinnerAt(look.now), "warn"),
    span(` ${place}${String(ctid).padStart(ctids)}  `),
    span("asking the host", "dim"),
  ];
}

function row(view: RunView, { places, ctids, names }: Widths, look: Look): Line {
  const width = Math.min(look.width, widest);
  const [mark, detail, role] = standing(view, look);
  const time = timeText(view, look.now);
  const room = width - 4 - (places === 0 ? 0 : places + 1) - ctids - 1 - names - 2 - 2 - timeColumns;
  const place = places === 0 ? "" : `${pad(hostLabel(view.host), places)} `;
  const name = `${place}${String(view.run.ctid).padStart(ctids)} ${pad(clean(view.run.name), names)}`;
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
