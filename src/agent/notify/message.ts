import type { RunRecord } from "../domain/journal.ts";
import { strike } from "../domain/secret.ts";

/** Who tells it. */
export interface Sender {
  readonly host: string;
  readonly version: string;
}

/** What is sent when a run has ended: JSON, as docs/notifications.md has it, without secrets. Pure. */
export function runMessage(id: string, { host, version }: Sender, record: RunRecord): string {
  const { plan, state, created, started, finished } = record;
  const { request } = plan;
  const { failure, undo_failure } = state;
  const run = {
    id: record.id,
    kind: request.kind,
    ctid: request.ctid,
    name: plan.name,
    ...(request.kind === "clone" ? { source: request.source } : {}),
    result: state.phase,
    step: failure?.step ?? null,
    reason: failure?.failure.reason ?? null,
    message: failure?.failure.message ?? null,
    remedy: failure?.failure.remedy ?? null,
    undo: undo_failure === null ? null : { step: undo_failure.step, ...textsOf(undo_failure.failure) },
    outcome: state.outcome,
    created: timeText(created),
    started: timeText(started),
    finished: timeText(finished),
  };
  return JSON.stringify(strike({ id, event: `run.${state.phase}`, host, version, run }));
}

/** What is sent to try it. */
export function testMessage(id: string, { host, version }: Sender): string {
  return JSON.stringify({ id, event: "test", host, version, run: null });
}

function textsOf({ reason, message, remedy }: { readonly reason: string; readonly message: string; readonly remedy: string }) {
  return { reason, message, remedy };
}

function timeText(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
