import type { Ctid } from "./container.ts";
import type { Ledgers } from "./ledger.ts";
import type { Plan, RunKind } from "./plan.ts";
import type { RunEvent, RunId, RunState } from "./run.ts";
import type { Action, BlobHash } from "./step.ts";

/** A run that is waited for: until it has succeeded, or only until it has ended. */
export interface Edge {
  readonly run: RunId;
  readonly need: "success" | "end";
}

/** A run as it is written down before its first step. */
export interface NewRun {
  readonly id: RunId;
  readonly plan: Plan;
  readonly after: readonly Edge[];
}

/** What a run was asked for with: runs of one batch were asked for together. */
export interface Batch {
  readonly id: string;
  /** The caller's; the same one is never written twice. */
  readonly request_id: string;
  readonly at: number;
  /** The version of the configuration that the runs were planned with; null: of one that is not kept. */
  readonly config: number | null;
  readonly runs: readonly NewRun[];
  /** The plans of the same request that may not begin: kept, so that who asks again is told the same. */
  readonly refused: readonly Plan[];
  /** What the plans refer to by hash. */
  readonly blobs: ReadonlyMap<BlobHash, Uint8Array>;
}

/** A run as it is in the journal. */
export interface RunRecord {
  readonly id: RunId;
  readonly batch: string;
  /** The version of the configuration that it was planned with; null: of one that is not kept. */
  readonly config: number | null;
  readonly after: readonly Edge[];
  readonly plan: Plan;
  readonly state: RunState;
  /** Milliseconds since 1970; null when it has not come to that. */
  readonly created: number;
  readonly started: number | null;
  readonly finished: number | null;
  /** When the newest event was journaled. */
  readonly touched: number;
  /** Sum of the steps' platform_ms. */
  readonly platform_ms: number;
  /** Milliseconds from when a step was cut off by the agent's going away, or nothing more was journaled, until the run was taken up again. */
  readonly away_ms: number;
}

/** What came of a request for runs. */
export interface Requested {
  readonly runs: readonly RunRecord[];
  readonly refused: readonly Plan[];
}

/** An event as it is in the journal. */
export interface Entry {
  readonly seq: number;
  readonly run: RunId;
  readonly at: number;
  readonly event: RunEvent;
}

/**
 * The durable memory of runs. Each call is one transaction that is on disk when it returns; a failure is a Fault STORE and
 * leaves nothing half written. Reading gives what was written.
 */
export interface Journal {
  /** Writes runs, their blobs and their "created" events. A request_id that is known writes nothing and gives the runs of then. */
  create(batch: Batch): readonly RunRecord[];
  /** The runs that were written for this request_id, and what was refused then; null when it is unknown. */
  findRequest(request_id: string): Requested | null;
  /** Writes what happened, in order, all or nothing. With `done`, the container's ledger records in the same transaction that the action was done. */
  append(run: RunId, at: number, events: readonly RunEvent[], done?: { readonly ctid: Ctid; readonly action: Action }): void;
  /** Writes output events together; they may wait for each other, nothing else waits for them. */
  appendOutput(run: RunId, at: number, events: readonly Extract<RunEvent, { type: "output" }>[]): void;

  run(id: RunId): RunRecord | null;
  /** Runs whose id begins or ends with this text. */
  findRuns(part: string): readonly RunId[];
  /** Newest first. States are RunState phases; empty for all. */
  runs(filter: {
    readonly ctid: Ctid | null;
    readonly phases: readonly string[];
    readonly limit: number;
    readonly before: RunId | null;
  }): readonly RunRecord[];
  /** Every run that has not ended, oldest first. */
  unfinished(): readonly RunRecord[];
  /** Events of a run from a seq on, at most `limit`, in order. */
  events(run: RunId, from: number, limit: number): readonly Entry[];
  /** Everything that happened in a run so far but output, in order. */
  story(run: RunId): readonly Entry[];
  /** Durations in milliseconds of the newest succeeded runs of a kind on a container, at most `limit`. */
  durations(kind: RunKind, ctid: Ctid, limit: number): readonly number[];
  /** Of the same runs, the durations of each step, by its id. */
  stepDurations(kind: RunKind, ctid: Ctid, limit: number): ReadonlyMap<string, readonly number[]>;
  ledgers(): Ledgers;
  blob(hash: BlobHash): Uint8Array;
}
