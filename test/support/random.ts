/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed that PHOENIX_CRASH_SEED names, or a new one; printed, since with it the same is tried again. */
export const seed = Number(process.env["PHOENIX_CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** True under `npm run crash`: everything is tried, where `npm test` tries a sample. */
export const tryAll = process.env["PHOENIX_CRASH"] === "all";

/** So many of them, in a random order; all under `npm run crash`. */
export function sample<T>(all: readonly T[], count: number, random: () => number): readonly T[] {
  if (tryAll) return all;
  const keyed = all.map((each) => ({ each, key: random() })).toSorted((a, b) => a.key - b.key);
  return keyed.slice(0, count).map(({ each }) => each);
}

/** One of each two neighbours, whichever; all under `npm run crash`. For steps, of which neighbours are often of the same kind. */
export function halfOf<T>(all: readonly T[], random: () => number): readonly T[] {
  if (tryAll) return all;
  return Array.from({ length: Math.ceil(all.length / 2) }, (_, at) => all.slice(2 * at, 2 * at + 2)).flatMap(
    (two) => two[Math.floor(random() * two.length)] ?? [],
  );
}

/** Does something for each, so many at a time. */
export async function inLanes<T>(all: readonly T[], lanes: number, work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
