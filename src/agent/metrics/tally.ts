import { families, type Histogram, type LabelsOf, type Name, type Sample, type Spread } from "./families.ts";

/** Metrics that are counted while things happen; all others are looked up when somebody asks. */
export const counted = ["phoenix_runs_total", "phoenix_driver_errors_total"] as const satisfies readonly Name[];
export type Counted = (typeof counted)[number];

/** Counts, from when the agent began. It holds a number for each combination of labels that has occurred. */
export interface Tally {
  /** Counts up by so much. By 0, it is known from now on that there were none. */
  readonly add: <N extends Counted>(name: N, labels: LabelsOf<N>, by: number) => void;
  /** Counts a duration in milliseconds. */
  readonly took: <N extends Histogram>(name: N, labels: LabelsOf<N>, ms: number) => void;
  readonly sums: (name: Counted) => readonly Sample[];
  readonly spreads: (name: Histogram) => readonly Spread[];
}

export function createTally(): Tally {
  const sums = new Map<string, { readonly name: Name; readonly labels: Readonly<Record<string, string>>; value: number }>();
  const spreads = new Map<
    string,
    { readonly name: Name; readonly labels: Readonly<Record<string, string>>; readonly counts: number[]; sum: number }
  >();

  return {
    add(name, labels, by) {
      const key = keyOf(name, labels);
      const found = sums.get(key);
      if (found === undefined) sums.set(key, { name, labels, value: by });
      else found.value += by;
    },
    took(name, labels, ms) {
      const { buckets } = families[name];
      const key = keyOf(name, labels);
      const found = spreads.get(key) ?? { name, labels, counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 };
      spreads.set(key, found);
      const seconds = Math.max(0, ms / 1000);
      const at = buckets.findIndex((most) => seconds <= most);
      const bucket = at < 0 ? buckets.length : at;
      found.counts[bucket] = (found.counts[bucket] ?? 0) + 1;
      found.sum += seconds;
    },
    sums: (name) => [...sums.values()].filter((each) => each.name === name),
    spreads: (name) => [...spreads.values()].filter((each) => each.name === name),
  };
}

function keyOf(name: Name, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, ...Object.values(labels)]);
}
