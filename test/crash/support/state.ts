// Everything that a run has left on a simulated host, in a form in which two hosts can be compared.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import type { Run__Output as Run } from "../../../proto/types.ts";
import type { Model } from "../../../src/agent/driver/sim/model.ts";

/**
 * The container with its root file system, snapshots and volumes, its ledger, and what the run says of itself. Without times
 * and pids; a run that is not `run` counts by its being another. The host's agent must have ended.
 */
export function leftBehind(folder: string, run: Run): string {
  const model = JSON.parse(readFileSync(join(folder, "sim.json"), "utf8")) as Model;
  const container = model.containers[run.ctid] ?? null;
  const sources = container?.attachments.map(({ source }) => source) ?? [];
  const all = {
    run: {
      state: run.state,
      failure: run.failure,
      undo_failure: run.undo_failure,
      outcome: run.outcome.replaceAll(/ of \d{4}-[^ .,]+/g, ""),
    },
    container,
    data: Object.fromEntries(sources.map((source) => [source, model.volumes[source] ?? model.folders[source] ?? null])),
    on_host: model.host_processes.filter(({ ctid }) => ctid === run.ctid).map(({ title }) => title),
    ledger: ledgerOf(folder, run.ctid),
  };
  const text = JSON.stringify(all, (key, value: unknown) => (key === "created" || key === "pid" ? null : value), 1);
  return text
    .replaceAll(run.id, "this run")
    .replaceAll(/\b01[0-9A-Z]{24}\b/g, "another run")
    .replaceAll(repeatedFeature, "$1");
}

/** A feature that was cut off is done again on what its first try has left, since there is no snapshot below it. */
const repeatedFeature = /(run (?!app\.sh|failing\.sh)\S+ [0-9a-f]{8}\\n)\1+/g;

function ledgerOf(folder: string, ctid: number): unknown {
  const database = new SQLite(join(folder, "state/phoenix.db"), { readonly: true });
  try {
    const body = database.prepare<[number], string>("SELECT body FROM ledgers WHERE ctid = ?").pluck().get(ctid);
    return body === undefined ? null : JSON.parse(body);
  } finally {
    database.close();
  }
}
