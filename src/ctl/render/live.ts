import { prose, span, type Line, type Look, type Role, type Span } from "./line.ts";
import { clean, columns, cut, pad } from "./text.ts";
import { fitRows, type Row } from "./rows.ts";
import { duration } from "./time.ts";
import { failedStep, lastLines, type RunView, type StepView } from "./view.ts";
import { hostLabel, shortRun, word } from "./words.ts";

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Wider rows would tear the times away from what they belong to. */
const widest = 100;
/** Columns for the times, so that they do not jump with every digit. */
const shortestTime = 6;
const longestTitle = 28;
/** Steps that take fewer seconds need no estimate. */
const worthwhile = 1;

/** How the connection to the agent is: since when it is lost, milliseconds since 1970, or null. */
export type Lost = number | null;

/** The run that is watched, where it stands now: rewritten many times a second while it is under way. */
export function liveRun(view: RunView, lost: Lost, look: Look): Line[] {
  const steps = settled(view) ? view.steps.filter(({ state }) => state !== "pending") : view.steps;
  const layout = layoutOf(steps, look);
  const rows = steps.flatMap((step) =>
    [stepRow(step, layout, look), ...output(step, view, layout.width)].map((line): Row => ({ line, about: abouts[step.state] })),
  );
  const foot = footer(view, lost, look);
  return [headLine(view), ...fitRows(rows, look.height - 1 - foot.length), ...foot];
}

/** Every step of a run with its state and its time; those that are still to come too. */
export function stepLines({ steps }: RunView, look: Look): Line[] {
  const layout = layoutOf(steps, look);
  return steps.map((step) => stepRow(step, layout, look));
}

/** Which run this is, on which host. */
export function headLine({ run, host }: RunView): Line {
  const rest = [`${run.ctid} ${clean(run.name)}`.trimEnd(), word(run.kind), `run ${shortRun(run.id)}`];
  return [span(hostLabel(host), "strong"), span(` · ${rest[0]} · ${rest[1]}`), span(` · ${rest[2]}`, "dim")];
}

/** The symbol of a state. The word beside it says the same. */
export function symbol(state: StepView["state"], now: number): Span {
  const [text, role] = symbols[state];
  return state === "running" ? span(spinnerAt(now), role) : span(text, role);
}

const abouts = { pending: "later", running: "now", waiting: "now", done: "done", failed: "now" } as const;

const symbols: Record<StepView["state"], readonly [string, Role]> = {
  pending: ["·", "dim"],
  running: ["", "warn"],
  waiting: ["↻", "warn"],
  done: ["✓", "good"],
  failed: ["✗", "bad"],
};

/** The spinner as it stands at a time. */
export function spinnerAt(now: number): string {
  return spinner[Math.floor(now / 100) % spinner.length] ?? "⠋";
}

/** Elapsed time of the run, beside what past runs took. */
export function elapsedText(view: RunView, now: number): string {
  const elapsed = view.began === null ? 0 : (now - view.began) / 1000;
  const estimate = view.run.plan?.estimate_s ?? 0;
  return estimate > 0 ? `${duration(elapsed)} of about ${duration(estimate)}` : duration(elapsed);
}

function settled(view: RunView): boolean {
  return view.ended || failedStep(view) !== undefined || view.run.state === "RUN_STATE_UNDOING";
}

interface Layout {
  readonly width: number;
  readonly titles: number;
  readonly times: number;
}

/** An estimate beside the time of the step under way takes from that step's own detail, not from all. */
function layoutOf(steps: readonly StepView[], look: Look): Layout {
  return {
    width: Math.min(look.width, widest),
    titles: Math.min(longestTitle, Math.max(0, ...steps.map(({ title }) => columns(clean(title))))),
    times: Math.max(shortestTime, ...steps.map((step) => timeText({ ...step, estimate_s: 0 }, look.now).length)),
  };
}

function stepRow(step: StepView, { width, titles, times }: Layout, look: Look): Line {
  const begun = step.state !== "pending";
  const time = timeText(step, look.now).padStart(times);
  const room = Math.max(0, width - 4 - titles - 2 - (begun ? 2 + time.length : 0));
  const row = [
    span("  "),
    symbol(step.state, look.now),
    span(` ${pad(clean(step.title), titles)}  `, begun ? "plain" : "dim"),
    span(pad(stepDetail(step, look), room), detailRole(step)),
  ];
  return begun ? [...row, span(`  ${time}`, "dim")] : row;
}

function stepDetail(step: StepView, look: Look): string {
  const detail = prose(step.detail, look);
  if (step.state === "waiting") return `trying again, attempt ${step.attempt} failed: ${detail}`;
  if (step.attempt < 2 || step.state !== "running") return detail;
  return detail === "" ? `attempt ${step.attempt}` : `attempt ${step.attempt}; ${detail}`;
}

function detailRole({ state }: StepView): Role {
  return state === "failed" ? "bad" : state === "waiting" ? "warn" : "dim";
}

function timeText(step: StepView, now: number): string {
  if (step.state === "pending") return "";
  if (step.state !== "running") return duration(step.ms / 1000);
  const elapsed = duration((now - step.began) / 1000);
  return step.estimate_s < worthwhile ? elapsed : `${elapsed} of about ${duration(step.estimate_s)}`;
}

/** How many of the last lines of its output are shown under a step. */
const shownLines: Record<StepView["state"], number> = { pending: 0, running: 5, waiting: 5, done: 0, failed: 12 };

function output(step: StepView, view: RunView, width: number): Line[] {
  if (step.id !== view.tail.step || step.undo) return [];
  const lines = lastLines(view.tail, shownLines[step.state]);
  return lines.map((line) => [span("      │ ", "dim"), span(cut(clean(line), width - 8), "dim")]);
}

function footer(view: RunView, lost: Lost, look: Look): Line[] {
  if (view.ended) return [];
  const warnings = [
    ...lostText(lost, look.now),
    ...(view.cancel === "requested" ? ["cancel asked for: it stops at its next safe point"] : []),
    ...view.notes.slice(-2).map((note) => prose(note, look)),
  ];
  const progress = view.run.state === "RUN_STATE_QUEUED" ? "waits for its turn" : elapsedText(view, look.now);
  return [...warnings.map((text) => [span(`    ${text}`, "warn")]), [span(`    ${progress}`, "dim")]];
}

/** What is said while the agent can't be reached. */
export function lostText(lost: Lost, now: number): string[] {
  return lost === null ? [] : [`connection to the agent lost ${duration((now - lost) / 1000)} ago, trying again`];
}
