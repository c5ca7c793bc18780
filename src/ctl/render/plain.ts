import type { RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { prose } from "./line.ts";
import { clean, overwritten, pad } from "./text.ts";
import { clockTime, duration, type Reader } from "./time.ts";
import type { RunView } from "./view.ts";
import { hostLabel, word } from "./words.ts";

/** What an event says: in which step, what became of it, and more about it. */
interface Saying {
  readonly step: string;
  readonly state: string;
  readonly detail: string;
}

/** One event as a line for a log: time, host, ctid, step, state, detail. Output has a line for each of its lines. */
export function plainLines(view: RunView, event: RunEvent, reader: Reader): string[] {
  const width = Math.max(0, ...view.steps.map(({ id }) => id.length));
  const lead = `${clockTime(fromTimestamp(event.at) ?? reader.now)} ${hostLabel(view.host)} ${view.run.ctid}`;
  return sayings(event, reader).map(({ step, state, detail }) =>
    `${lead} ${pad(clean(step) || "-", width)} ${pad(state, 9)} ${detail}`.trimEnd(),
  );
}

function sayings(event: RunEvent, reader: Reader): Saying[] {
  const say = (step: string, state: string, detail: string): Saying[] => [{ step, state, detail: prose(detail, reader) }];
  if (event.created) return say("", "created", `run ${event.run_id}`);
  if (event.started) return say("", "started", "");
  if (event.step_started) {
    const { step, attempt } = event.step_started;
    const detail = step?.detail ?? "";
    return say(step?.id ?? "", "begins", attempt > 1 ? `attempt ${attempt}; ${detail}` : detail);
  }
  if (event.step_finished) {
    const { step, detail, duration_ms: ms } = event.step_finished;
    return say(step, "done", joined(duration(ms / 1000), detail));
  }
  if (event.step_failed) {
    const { step, failure, duration_ms: ms, retried } = event.step_failed;
    return say(step, retried ? "retries" : "failed", joined(duration(ms / 1000), failure?.message ?? ""));
  }
  if (event.output) return printedLines(event.output.step, event.output.text, event.output.dropped_bytes);
  if (event.note) return say(event.note.step, "note", event.note.text);
  if (event.resumed) return say(event.resumed.step, "resumed", `the agent was away${awayFor(event)}; ${event.resumed.decision}`);
  if (event.cancel_requested) return say("", "cancel", "asked for; it stops at its next safe point");
  if (event.finished?.run) return say("", word(event.finished.run.state), event.finished.run.outcome);
  return [];
}

function awayFor({ at, resumed }: RunEvent): string {
  const [since, until] = [fromTimestamp(resumed?.away_since ?? null), fromTimestamp(at)];
  return since === null || until === null ? "" : ` for ${duration((until - since) / 1000)}`;
}

function printedLines(step: string, text: string, dropped: number): Saying[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const left = dropped > 0 ? [{ step, state: "output", detail: `(${dropped} bytes left out)` }] : [];
  return [...left, ...lines.map((line) => ({ step, state: "output", detail: clean(overwritten(line)) }))];
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
