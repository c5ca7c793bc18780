// Simulated hosts of any size, and histories of any length.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { emptyModel, newContainer, type SimContainer, type SimSnapshot } from "../../../src/agent/driver/sim/model.ts";
import { makeStage, type Stage } from "./stage.ts";

export interface SimOptions {
  readonly latency_ms?: number;
  readonly script?: string;
  /** By CTID, from 900 on: on which others it depends. */
  readonly dependencies?: (ctid: number) => readonly number[];
  readonly max_parallel?: number;
  readonly listen?: string;
}

const usual = "#!/bin/sh\n# sim: echo working\n# sim: write /app yes\n";

/** A host with so many containers in its manifest, from 900 on, all of which are there and run unless latency is asked for. */
export function simStage(containers: number, options: SimOptions = {}): Stage {
  const { latency_ms = 0, script = usual, dependencies = () => [], max_parallel = 4, listen } = options;
  const ctids = Array.from({ length: containers }, (_, at) => 900 + at);
  const container = (ctid: number) => ({
    name: `c${ctid}`,
    template: "base.tar",
    memory_mb: 64,
    cores: 1,
    application_script: "app.sh",
    start_at_boot: true,
    boot_order: ctid % 10,
    dependencies: dependencies(ctid),
  });
  const settings = [
    "driver: sim",
    `sim: { state: sim.json, latency_ms: ${latency_ms} }`,
    `runs: { max_parallel: ${max_parallel} }`,
    ...(listen === undefined ? [] : [`listen: ${listen}`]),
  ];
  const manifest = Object.fromEntries(ctids.map((ctid) => [ctid, container(ctid)]));
  const stage = makeStage(settings, manifest, { "app.sh": script });
  if (latency_ms === 0) writeFileSync(join(stage.folder, "sim.json"), JSON.stringify({ ...emptyModel(), containers: settled(ctids) }));
  return stage;
}

/** Containers as an orchestrate leaves them. */
function settled(ctids: readonly number[]): Record<string, SimContainer> {
  return Object.fromEntries(ctids.map((ctid) => [ctid, settledContainer(ctid)]));
}

function settledContainer(ctid: number): SimContainer {
  const settings = { hostname: `c${ctid}`, memory_mb: "64", cores: "1", options: "nesting=1" };
  const made = newContainer({ ctid, name: `c${ctid}`, pool: "local", unprivileged: true, run: "", settings });
  const snapshot = (name: string, parent: string | null): SimSnapshot => ({
    name,
    created: Date.UTC(2026, 0, 1),
    parent,
    description: "made for a benchmark",
    settings,
    attachments: [],
    rootfs: {},
    volumes: {},
  });
  const snapshots = [snapshot("pre-configured", null), snapshot("final-form", "pre-configured")];
  return { ...made, state: "running", snapshots, parent: "final-form" };
}

/** Makes an agent's history longer: its newest run so many times more, with all of its events. Numbers from `from` on tell them apart. The agent must have ended. */
export function growHistory({ folder }: Stage, times: number, from = 1): void {
  const database = new SQLite(join(folder, "state/phoenix.db"));
  try {
    const [batch, run] = ["batches", "runs"].map((table) => newest(database, table));
    if (batch === undefined || run === undefined) throw new Error("there is no run to be multiplied");
    const events = database.prepare<[unknown], Record<string, unknown>>("SELECT * FROM events WHERE run = ? ORDER BY seq").all(run["no"]);
    const grow = database.transaction(() => {
      for (let made = from; made < from + times; made += 1) {
        const at = Number(batch["at"]) + made;
        const id = (prefix: string) => `01BENCH${prefix}${String(made).padStart(18, "0")}`;
        const newBatch = insert(database, "batches", { ...batch, no: null, id: id("B"), request_id: id("Q"), at });
        const newRun = insert(database, "runs", { ...run, no: null, id: id("R"), batch: newBatch });
        for (const event of events) insert(database, "events", { ...event, seq: null, run: newRun });
      }
    });
    grow();
  } finally {
    database.close();
  }
}

function newest(database: SQLite.Database, table: string): Record<string, unknown> | undefined {
  return database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY no DESC LIMIT 1`).get();
}

const prepared = new WeakMap<SQLite.Database, Map<string, SQLite.Statement>>();

function insert(database: SQLite.Database, table: string, values: Readonly<Record<string, unknown>>): number | bigint {
  const statements = prepared.get(database) ?? new Map<string, SQLite.Statement>();
  prepared.set(database, statements);
  const columns = Object.keys(values);
  const statement =
    statements.get(table) ??
    database.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`);
  statements.set(table, statement);
  return statement.run(values).lastInsertRowid;
}
