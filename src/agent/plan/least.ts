/** What is put in comes out the least first, each in a time that grows with the logarithm of how many are in it. */
export interface Least<T> {
  size(): number;
  put(one: T): void;
  /** The least; undefined when it is empty. */
  peek(): T | undefined;
  /** Takes the least as long as it fits, the first that does not stays. */
  takeWhile(fits: (least: T, taken: number) => boolean): readonly T[];
}

/** A binary heap: who is at n comes before those at 2n + 1 and 2n + 2. `compare` should find no two equal. */
export function createLeast<T>(compare: (a: T, b: T) => number): Least<T> {
  const heap: T[] = [];

  const comesFirst = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    return one !== undefined && other !== undefined && compare(one, other) < 0;
  };

  const swap = (a: number, b: number): void => {
    const [one, other] = [heap[a], heap[b]];
    if (one !== undefined && other !== undefined) [heap[a], heap[b]] = [other, one];
  };

  const drop = (): void => {
    swap(0, heap.length - 1);
    heap.pop();
    for (let at = 0, below = 0; ; at = below) {
      below = comesFirst(2 * at + 2, 2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (!comesFirst(below, at)) return;
      swap(at, below);
    }
  };

  return {
    size: () => heap.length,

    put(one) {
      heap.push(one);
      for (let at = heap.length - 1, above = 0; at > 0; at = above) {
        above = Math.floor((at - 1) / 2);
        if (!comesFirst(at, above)) return;
        swap(at, above);
      }
    },

    peek: () => heap[0],

    takeWhile(fits) {
      const taken: T[] = [];
      for (let least = heap[0]; least !== undefined && fits(least, taken.length); least = heap[0]) {
        taken.push(least);
        drop();
      }
      return taken;
    },
  };
}
