// f. Many containers with dependencies at once, beside the longest chain of them.
import type { Run__Output as Run } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { ratios } from "../support/measure.ts";
import { row, type Section, type Size } from "../support/report.ts";
import { simStage } from "../support/sim.ts";
import { runs, startAgent } from "../support/stage.ts";

const first = 900;

/** Four groups of five: one that all depend on, a middle that needs it, and leaves that need the middle. */
function dependencies(ctid: number): readonly number[] {
  const at = (ctid - first) % 5;
  const group = ctid - at;
  if (at === 0) return [];
  return at === 1 ? [group] : [group + 1];
}

export async function makespan(size: Size): Promise<Section> {
  const [whole, critical]: [number[], number[]] = [[], []];
  for (let round = 0; round < size.pick(1, 5); round += 1) {
    const stage = simStage(20, { latency_ms: size.pick(5, 50), max_parallel: 20, dependencies });
    const agent = await startAgent(stage);
    const ended = await runs(agent.host, "RUN_KIND_ORCHESTRATE", "all");
    const begin = Math.min(...ended.map(({ created_at }) => fromTimestamp(created_at) ?? 0));
    const end = Math.max(...ended.map(({ finished_at }) => fromTimestamp(finished_at) ?? 0));
    whole.push(end - begin);
    critical.push(longestChain(ended));
    await agent.stop();
    stage.dispose();
  }
  return {
    letter: "f",
    title: "`orchestrate --all` of 20 containers with dependencies, beside its longest chain",
    rows: [
      row("from the request to the last end", "ms", whole, {
        beside: { what: "the longest chain of runs", theirs: critical },
        ratio: ratios(whole, critical),
        goal: { at: "most", value: 1.1 },
      }),
    ],
    notes: [
      "On the simulated platform, each call of which takes 50 ms. The longest chain is that of the same run: its runs' own times, one after the other.",
    ],
  };
}

/** The longest sum of the runs' own times along dependencies. */
function longestChain(ended: readonly Run[]): number {
  const times = new Map(ended.map((run) => [run.ctid, (fromTimestamp(run.finished_at) ?? 0) - (fromTimestamp(run.started_at) ?? 0)]));
  const until = (ctid: number): number => (times.get(ctid) ?? 0) + Math.max(0, ...dependencies(ctid).map(until));
  return Math.max(...[...times.keys()].map(until));
}
