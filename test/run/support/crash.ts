// Kills the agent at a boundary of a run, lets it live again, and compares where that leads with where it leads undisturbed.
import { isMap } from "node:util/types";
import type { RunRecord } from "../../../src/agent/domain/journal.ts";
import type { RunId } from "../../../src/agent/domain/run.ts";
import type { FaultRule } from "../../../src/agent/driver/sim/faults.ts";
import type { Wish } from "../../../src/agent/run/orchestrator.ts";
import { recordOf, type Bench, type Life } from "./bench.ts";
import { ctid } from "./house.ts";
import { mortal, type End } from "./mortal.ts";

/** A run that is disturbed: what it begins with, what is asked for, and what somebody does while it runs. */
export interface Scenario {
  readonly name: string;
  readonly host: () => Bench;
  readonly wish: Wish;
  /** Done in each life until the run has ended. */
  readonly meanwhile?: (life: Life, run: RunId) => Promise<void>;
  /**
   * For a run whose application runs on what the container has become since pre-configured: once that is cut off, it begins at
   * pre-configured again. What was done to the root file system then, oldest first, without hashes.
   */
  readonly cleanAgain?: readonly string[];
}

/** Where lives end, one after the other: at a write of the journal, or at a call of the driver. */
export type Boundary = End | { readonly call: number; readonly when: "before" | "during" | "after" };

export interface Ended {
  /** All there is: the platform, the ledgers, what became of the run. Ids and times that differ between two ways are left out. */
  readonly state: string;
  readonly layers: readonly string[];
  readonly writes: number;
  readonly calls: number;
  readonly lives: number;
}

/**
 * Takes a scenario to its end through as many deaths as there are boundaries. "host": with the agent the whole host goes down,
 * and comes back with everything stopped.
 */
export async function survive(scenario: Scenario, boundaries: readonly Boundary[], dies: "agent" | "host" = "agent"): Promise<Ended> {
  const host = scenario.host();
  try {
    const known = new Set(ids(JSON.stringify(host.storage.read())));
    let writes = 0;
    let calls = 0;
    for (let lives = 1; ; lives += 1) {
      const boundary = boundaries[lives - 1] ?? null;
      const life = mortal(boundary !== null && "write" in boundary ? boundary : null);
      const faults = boundary !== null && "call" in boundary ? [crashAt(boundary)] : [];
      const agent = host.live(life.wrapping, { faults: [...host.faults, ...faults], crash: life.die });
      const record = await Promise.race([life.died, liveOn(agent, scenario)]);
      writes += life.writes();
      calls += agent.driver.calls().length;
      if (record !== "died") {
        return { state: described(host, agent, record, known), layers: isThere(host) ? host.layers(ctid) : [], writes, calls, lives };
      }
      await turns();
      if (dies === "host") reboot(host, agent);
    }
  } finally {
    host.dispose();
  }
}

/** A clone that was taken away again is not. */
function isThere(host: Bench): boolean {
  return host.storage.read().containers[ctid] !== undefined;
}

/** Everything is stopped; what this is not about is started again by whoever does so. */
function reboot(host: Bench, { driver: { outside } }: Life): void {
  const others = Object.values(host.storage.read().containers).filter((each) => each.ctid !== ctid && each.state === "running");
  outside.reboot();
  for (const other of others) outside.start(other.ctid);
}

/** A life: recover, ask again with the same id as a client would, and see the run to its end. */
async function liveOn(agent: Life, { wish, meanwhile }: Scenario): Promise<RunRecord> {
  const { orchestrator, journal, ended, begin } = agent;
  try {
    await orchestrator.recover();
    const run = await begin(ctid, wish, "the client's request");
    void meanwhile?.(agent, run).catch(() => {});
    await ended(run);
    return recordOf(journal, run);
  } catch (error) {
    // What fails because the life is over is of no interest; what fails before that is the test's.
    await turns();
    throw error;
  }
}

function crashAt({ call, when }: { readonly call: number; readonly when: "before" | "during" | "after" }): FaultRule {
  return { call: "*", nth: call, when, do: "crash" };
}

/** A feature that was cut off is done again on what its first try has left, since there is no snapshot below it. */
const repeatedFeature = /(run (?!\d+\.sh)\S+ [0-9a-f]{8}\\n)\1+/g;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

function ids(text: string): readonly string[] {
  return text.match(/01K\d{23}/g) ?? [];
}

function described(host: Bench, { journal }: Life, { state }: RunRecord, known: ReadonlySet<string>): string {
  const { struck: _struck, last_pid: _pid, ...model } = host.storage.read();
  const all = {
    run: state.phase,
    failure: told(state.failure),
    undo_failure: state.undo_failure,
    outcome: state.outcome.replaceAll(/ of \d{4}-[^ .,]+/g, ""),
    unfinished: journal.unfinished().map(({ id }) => id),
    ledgers: journal.ledgers(),
    model,
  };
  const text = JSON.stringify(
    all,
    (key, value: unknown) => {
      if (isMap(value)) return [...value];
      return key === "created" ? null : value;
    },
    1,
  );
  return text.replaceAll(/01K\d{23}/g, (id) => (known.has(id) ? id : "this run")).replaceAll(repeatedFeature, "$1");
}

/** A cancel strikes wherever it finds the run. */
function told(failure: RunRecord["state"]["failure"]): string | null {
  if (failure === null) return null;
  const { reason } = failure.failure;
  return reason === "CANCELLED" ? reason : `${failure.step} ${reason}`;
}

/** Every boundary of a run that goes undisturbed. */
export function boundariesOf({ writes, calls }: Ended): readonly Boundary[] {
  const each = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
  return [
    ...each(writes).flatMap((write) => (["before", "after"] as const).map((when) => ({ write, when }))),
    ...each(calls).flatMap((call) => (["before", "during", "after"] as const).map((when) => ({ call, when }))),
  ];
}

/** Where a boundary may lead: where the undisturbed run leads, or where it leads from a clean base. */
export function allowed({ cleanAgain }: Scenario, undisturbed: Ended): (ended: Ended) => boolean {
  let fromBase: string | null = null;
  return ({ state, layers }) => {
    if (state === undisturbed.state) return true;
    if (JSON.stringify(layers) !== JSON.stringify(cleanAgain)) return false;
    fromBase ??= state;
    return state === fromBase;
  };
}
