import type { Ctid } from "../domain/container.ts";
import type { Plan, RunRequest } from "../domain/plan.ts";
import type { RunId } from "../domain/run.ts";
import type { PlannedRun } from "../plan/boot-run.ts";
import type { World } from "../plan/world.ts";
import type { Entry, RunRecord } from "../domain/journal.ts";

/** A request before it is spread over containers: what to do, without the container that it is for. */
export type Wish = RunRequest extends infer R ? (R extends { ctid: Ctid } ? Omit<R, "ctid"> : never) : never;

/** Which containers a request is for. "all": every one of the manifest. */
export type Targets = readonly Ctid[] | "all";

export interface Started {
  /** What was written down, in the order in which it will be done. */
  readonly runs: readonly RunRecord[];
  /** The plans that may not begin, with their blockers; the others of the request begin. */
  readonly refused: readonly Plan[];
}

/**
 * Plans and runs, for everybody who wants some (api, schedule). Every method throws Fault: INVALID for a request that can't be
 * meant, NOT_FOUND for a run, STORE.
 */
export interface Orchestrator {
  /** The plans of a request, in the order in which they would be done, in the world as it is now or in another one. Changes nothing. */
  plan(wish: Wish, targets: Targets, world?: World): Promise<readonly Plan[]>;
  /** Writes the runs down and sees to them. The same request_id gives the same runs. BUSY becomes a place in the queue with "queue". */
  start(request_id: string, wish: Wish, targets: Targets, busy: "refuse" | "queue"): Promise<Started>;
  /** The same for plans that somebody has made of the world as it is now, of runs that wait for each other. Who is busy is waited for. */
  startPlanned(request_id: string, planned: (world: World) => readonly PlannedRun[]): Promise<Started>;
  /** A run by its id or an unambiguous beginning or end of it (at least 4 characters). */
  find(part: string): RunRecord;
  /** Asks a run to stop at its next safe point. Resolves when the wish is in the journal. A run that has ended is left alone. */
  cancel(run: RunId): RunRecord;
  /** What happened and happens in a run from a seq on; ends after its "finished" event, or when the signal is aborted. */
  watch(run: RunId, from_seq: number, signal: AbortSignal): AsyncIterable<Entry>;
  /** Expected duration from past runs, milliseconds, how many those are, and that of each step by its id; null when there are none. */
  estimate(plan: Plan): { readonly ms: number; readonly runs: number; readonly steps: ReadonlyMap<string, number> } | null;
  /** Takes up what an earlier life of the agent left unfinished. Once, before anything else. */
  recover(): Promise<void>;
  /** No new runs from now on; resolves when every step that is under way has ended and is journaled. */
  close(): Promise<void>;
}
