import type { BootMember__Output as Member, BootPlan__Output as BootPlan, BootProblem__Output as Problem } from "../../../proto/types.ts";
import { prose, span, type Line, type Look, type Span } from "./line.ts";
import { clean, columns, cut, pad, wrap } from "./text.ts";
import { duration } from "./time.ts";
import { hostLabel, type HostName } from "./words.ts";

/** A terminal may be wider; lines that long are hard to follow. */
const widest = 100;
/** What is not a terminal has no width, and a picture needs one. */
const usual = 80;
const longestNote = 34;
/** Steps of the time axis, in seconds. */
const ticks = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const tickColumns = 8;

/** A boot as a picture: a line for each member, from its turn on, and what is wrong with it. */
export function bootLines(plan: BootPlan, host: HostName, look: Look): Line[] {
  const { members, problems } = plan;
  const wide = Number.isFinite(look.width) ? Math.min(look.width, widest) : usual;
  if (members.length === 0 && problems.length === 0) return [[span(`nothing starts at boot on ${hostLabel(host)}`)]];
  const said = problems.flatMap((problem) => problemLines(problem, { ...look, width: wide }));
  return members.length === 0 ? said : [...timeline(plan, wide), ...said, ...lastLines(plan, host, wide)];
}

/** What keeps containers from being started: everything that is an error, but an order that gives way. */
export function isSerious({ error, reason }: Problem): boolean {
  return error && reason !== "ORDER";
}

function timeline(plan: BootPlan, width: number): Line[] {
  const ids = Math.max(...plan.members.map(({ ctid }) => String(ctid).length));
  const notes = plan.members.map((member) => note(member));
  const room = Math.min(longestNote, Math.max(...notes.map(columns)));
  const chart = Math.max(tickColumns, width - ids - room - 5);
  const span_s = Math.max(plan.makespan_s, 1);
  const rows = plan.members.map((member, index): Line => {
    const text = cut(notes[index] ?? "", room);
    return [
      span(` ${pad(String(member.ctid), ids, "right")}  `),
      ...bar(member, chart, span_s),
      span("  "),
      span(text, member.lost === "" ? "dim" : "bad"),
    ];
  });
  return [[span(`${" ".repeat(ids + 3)}${axis(chart, span_s)}`, "dim")], ...rows];
}

function axis(chart: number, span_s: number): string {
  const step = ticks.find((each) => (each / span_s) * chart >= tickColumns) ?? span_s;
  const count = Math.floor(span_s / step);
  const labels = Array.from({ length: count + 1 }, (_, index) => ({
    at: column(index * step, chart, span_s),
    text: label(index * step, step),
  }));
  return labels.reduce((line, { at, text }) => line.padEnd(at) + text, "");
}

function label(seconds: number, step: number): string {
  if (seconds === 0) return "0 s";
  return step >= 60 ? duration(seconds) : String(seconds);
}

/** What has no length takes a column all the same, so that it can be seen. */
function bar(member: Member, chart: number, span_s: number): Span[] {
  if (member.lost !== "") return [span(" ".repeat(chart))];
  const at = (seconds: number) => Math.min(column(seconds, chart, span_s), chart - 1);
  const ready_s = member.turn_s + member.delay_s;
  const from = at(member.turn_s);
  const ready = at(ready_s);
  const start = Math.max(ready, at(member.start_s));
  const end = Math.max(start + 1, column(member.up_s, chart, span_s));
  return [
    span(" ".repeat(from)),
    span("─".repeat(ready - from), "warn"),
    span("·".repeat(start - ready), "dim"),
    span("█".repeat(end - start), "good"),
    span(" ".repeat(Math.max(0, chart - end))),
  ];
}

function column(seconds: number, chart: number, span_s: number): number {
  return Math.round((seconds / span_s) * chart);
}

function note(member: Member): string {
  const needed = [...member.dependencies, ...member.outsiders];
  const parts = [
    member.turn_order === undefined ? "no order" : `order ${member.turn_order}`,
    ...(member.lost === "" ? [] : ["not started"]),
    ...(member.running ? ["runs already"] : []),
    ...(member.needed_by === 0 ? [] : [`needed by ${member.needed_by}`]),
    ...(needed.length === 0 ? [] : [`after ${needed.join(", ")}`]),
    clean(member.name),
  ];
  return parts.join(" · ");
}

function problemLines({ error, ctid, message }: Problem, look: Look): Line[] {
  const head = error ? "error  " : "note   ";
  const who = ctid === 0 ? "" : `${ctid}  `;
  return wrap(`${who}${prose(message, look)}`, look.width - head.length).map((text, row): Line => [
    span(row === 0 ? head : " ".repeat(head.length), error ? "bad" : "warn"),
    span(text),
  ]);
}

function lastLines({ members, makespan_s, longest_chain, max_parallel }: BootPlan, host: HostName, width: number): Line[] {
  const able = members.filter(({ lost }) => lost === "");
  const guessed = able.filter(({ estimate_runs, running }) => estimate_runs === 0 && !running);
  const waits = able.some(({ turn_s, delay_s, start_s }) => start_s > turn_s + delay_s);
  const all = able.length === members.length ? "all up" : "those up";
  const parts = [
    `${all} on ${hostLabel(host)} after about ${duration(makespan_s)}`,
    ...(longest_chain.length > 1 ? [`longest chain ${longest_chain.join(" > ")}`] : []),
  ];
  const legend = [
    ...(able.some(({ delay_s }) => delay_s > 0) ? ["─ delay"] : []),
    ...(waits ? [`· waiting, since ${max_parallel} start at a time`] : []),
    "█ starting until healthy",
  ];
  const unknown =
    guessed.length === 0
      ? []
      : [`no past starts of ${guessed.map(({ ctid }) => ctid).join(", ")}: ${duration(guessed[0]?.estimate_s ?? 0)} each is a guess`];
  return [parts.join(" · "), legend.join("  "), ...unknown].flatMap((text) => wrap(text, width).map((line): Line => [span(line, "dim")]));
}
