import fc from "fast-check";
import { createLeast } from "../../src/agent/plan/least.ts";

const ascending = (a: number, b: number) => a - b;

test("what is put in comes out the least first, whenever it is taken", () => {
  const some = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 8 }), { maxLength: 20 });
  const law = fc.property(some, fc.integer({ min: 0, max: 4 }), (rounds, most) => {
    const least = createLeast(ascending);
    let left: number[] = [];
    for (const numbers of rounds) {
      for (const number of numbers) least.put(number);
      left = [...left, ...numbers].toSorted(ascending);
      expect([least.size(), least.peek()]).toEqual([left.length, left[0]]);
      expect(least.takeWhile((_, taken) => taken < most)).toEqual(left.slice(0, most));
      left = left.slice(most);
    }
    expect(least.takeWhile(() => true)).toEqual(left);
    expect([least.size(), least.peek()]).toEqual([0, undefined]);
  });
  fc.assert(law, { numRuns: 2000 });
});

test("the first that does not fit stays, and what comes after it", () => {
  const least = createLeast(ascending);
  for (const number of [5, 1, 4, 2, 3]) least.put(number);
  expect(least.takeWhile((number) => number < 3)).toEqual([1, 2]);
  expect(least.takeWhile((number) => number < 3)).toEqual([]);
  expect(least.peek()).toBe(3);
});
