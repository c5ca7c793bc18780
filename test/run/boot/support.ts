// Boots on a simulated host in virtual time, told as a person reads them.
import type { RunRecord, Entry } from "../../../src/agent/domain/journal.ts";
import { configOf, type Guest } from "../../plan/boot/support.ts";
import { bench, type Bench, type BenchOptions, type Life } from "../support/bench.ts";

/** A host with these containers on it. */
export function hostOf(guests: readonly Guest[], options: Partial<BenchOptions> = {}): Bench {
  const host = bench({ configs: guests.map(configOf), store: "memory", ...options });
  for (const { ctid, state, set = {}, lock } of guests) {
    if (state === "absent") continue;
    host.outside.add(ctid, { settings: set });
    if (lock !== undefined) host.outside.lock(ctid, lock);
    if (state === "running") host.outside.start(ctid);
  }
  return host;
}

/** What has happened in these runs, in its order, with seconds since a moment. */
export function log(life: Life, runs: readonly RunRecord[], since: number): readonly string[] {
  const entries = runs.flatMap((run) => life.journal.events(run.id, 0, 1000).map((entry) => ({ ...entry, told: told(entry, run) })));
  return entries
    .filter(({ told: text }) => text !== null)
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ at, told: text }) => `${(at - since) / 1000} s: ${text ?? ""}`);
}

function told({ event }: Entry, { plan }: RunRecord): string | null {
  const { ctid } = plan.request;
  const step = "step" in event ? plan.steps.find(({ id }) => id === event.step) : undefined;
  switch (event.type) {
    case "step-started":
      if (step?.action.do === "wait") return `${ctid} has its turn, waits ${step.action.seconds} s`;
      if (step?.action.do === "await") return `${ctid} waits for ${step.action.id}`;
      if (step?.action.do === "start")
        return `${ctid} starts${event.attempt === 1 ? "" : `, attempt ${event.attempt}`}${step.detail === "" ? "" : ` (${step.detail})`}`;
      return step?.action.do === "stop" ? `${ctid} is asked to stop` : null;
    case "step-failed":
      return event.retried ? `${ctid}: ${event.failure.message}` : null;
    case "step-finished":
      return step?.action.do === "stop" && event.detail !== "" ? `${ctid} ${event.detail}` : null;
    case "resumed":
      return `${ctid} goes on${event.step === "" ? "" : ` at ${event.step}`}`;
    case "finished": {
      if (event.ending === "succeeded") return `${ctid} ${plan.request.kind === "stop" ? "is down" : "is up"}`;
      return event.ending === "skipped" ? `${ctid} skipped. ${event.outcome.replace(/ 01K\d+/, "")}` : `${ctid} ${event.ending}`;
    }
    default:
      return null;
  }
}
