import { families, type Name, type Samples } from "../../src/agent/metrics/families.ts";
import { createTally } from "../../src/agent/metrics/tally.ts";
import { toText } from "../../src/agent/metrics/text.ts";

const nothing = Object.fromEntries(Object.keys(families).map((name) => [name, []])) as unknown as Samples;
const linesOf = (samples: Partial<Samples>, name: Name) =>
  toText({ ...nothing, ...samples })
    .split("\n")
    .filter((line) => line.startsWith(name));

test("a label may hold anything", () => {
  const samples = [{ labels: { ctid: "950", name: 'a "b" \\ c\nd' }, value: 1 }];
  expect(linesOf({ phoenix_container_running: samples }, "phoenix_container_running")).toEqual([
    'phoenix_container_running{ctid="950",name="a \\"b\\" \\\\ c\\nd"} 1',
  ]);
});

test("a duration is counted in every bucket that it fits into, and in the sum", () => {
  const tally = createTally();
  for (const ms of [20, 100, 101, 60_000, -3]) tally.took("phoenix_event_lag_seconds", {}, ms);
  expect(linesOf({ phoenix_event_lag_seconds: tally.spreads("phoenix_event_lag_seconds") }, "phoenix_event_lag_seconds")).toEqual([
    'phoenix_event_lag_seconds_bucket{le="0.01"} 1',
    'phoenix_event_lag_seconds_bucket{le="0.05"} 2',
    'phoenix_event_lag_seconds_bucket{le="0.1"} 3',
    'phoenix_event_lag_seconds_bucket{le="0.5"} 4',
    'phoenix_event_lag_seconds_bucket{le="1"} 4',
    'phoenix_event_lag_seconds_bucket{le="5"} 4',
    'phoenix_event_lag_seconds_bucket{le="30"} 4',
    'phoenix_event_lag_seconds_bucket{le="+Inf"} 5',
    "phoenix_event_lag_seconds_sum 60.221",
    "phoenix_event_lag_seconds_count 5",
  ]);
});

test("sums are kept apart by their labels", () => {
  const tally = createTally();
  tally.add("phoenix_runs_total", { kind: "letsgo", result: "failed" }, 0);
  tally.add("phoenix_runs_total", { kind: "letsgo", result: "succeeded" }, 1);
  tally.add("phoenix_runs_total", { kind: "letsgo", result: "succeeded" }, 1);
  expect(linesOf({ phoenix_runs_total: tally.sums("phoenix_runs_total") }, "phoenix_runs_total")).toEqual([
    'phoenix_runs_total{kind="letsgo",result="failed"} 0',
    'phoenix_runs_total{kind="letsgo",result="succeeded"} 2',
  ]);
});

test("a metric that has nothing to say is told all the same", () => {
  expect(toText(nothing)).toContain("# TYPE phoenix_gpu_memory_bytes gauge\n# HELP");
});
