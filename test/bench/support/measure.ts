/** Numbers in short: median, and the range in which eight of ten lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Does each of several things once in a round, in turning order, so that whatever else the machine does falls on all alike. One round more warms up. */
export async function interleaved<S extends string>(
  rounds: number,
  sides: Readonly<Record<S, () => Promise<number>>>,
): Promise<Record<S, number[]>> {
  const names = Object.keys(sides) as S[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<S, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      const value = await sides[name]();
      if (round > 0) taken[name].push(value);
    }
  }
  return taken;
}

/** The ratios of what was taken in the same round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}
