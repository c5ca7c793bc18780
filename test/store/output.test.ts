import fc from "fast-check";
import { Fault } from "../../src/agent/domain/errors.ts";
import type { Journal } from "../../src/agent/domain/journal.ts";
import type { RunEvent } from "../../src/agent/domain/run.ts";
import type { Store } from "../../src/agent/store/open.ts";
import { limits } from "../../src/agent/store/output.ts";
import { open, temporaryFolder } from "./support/folder.ts";
import { batch, newRun, output, started } from "./support/runs.ts";

type OutputEvent = Extract<RunEvent, { type: "output" }>;

let folder: string;
let store: Store;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  reopen();
  journal.create(batch("B1", [newRun("R1"), newRun("R2", 951)]));
  journal.append("R1", 1, [started]);
});

function reopen(): void {
  store?.close();
  store = open(folder);
  journal = store.journal;
}

const write = (...events: readonly OutputEvent[]) => journal.appendOutput("R1", 2, events);
const read = (step = "one") =>
  journal.events("R1", 0, 1_000_000).flatMap(({ event }) => (event.type === "output" && event.step === step ? [event] : []));
const bytesIn = (events: readonly OutputEvent[]) => events.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
/** A line of 8 KiB that begins with its number. */
const line = (number: number, step = "one") => output(`${number} `.padEnd(8191, "x") + "\n", step);
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
/** In lines. */
const mebibyte = 128;

test("what fits is kept as it was written", () => {
  const events = numbers(0, 2 * mebibyte).map((number) => line(number));
  write(...events);
  expect(read()).toEqual(events);
});

test.each([3, 50, 5000])("the first and the last mebibyte are kept, in batches of %d lines", (size) => {
  const total = 5 * mebibyte;
  for (let from = 0; from < total; from += size) write(...numbers(from, Math.min(from + size, total)).map((number) => line(number)));
  const kept = read();
  const found = kept.map(({ text }) => Number(text.split(" ")[0]));
  expect(found).toEqual([...numbers(0, mebibyte), ...numbers(4 * mebibyte, 5 * mebibyte)]);
  expect(kept.flatMap(({ dropped }, index) => (dropped === 0 ? [] : [[index, dropped]]))).toEqual([[mebibyte, 3 * 1024 * 1024]]);
});

test("each step has bounds of its own, and so has each run", () => {
  journal.append("R2", 1, [started]);
  for (let number = 0; number < 3 * mebibyte; number += 64) {
    write(...numbers(number, number + 64).flatMap((each) => [line(each), line(each, "two")]));
    journal.appendOutput("R2", 2, [line(number)]);
  }
  for (const step of ["one", "two"]) expect(bytesIn(read(step))).toBe(2 * 1024 * 1024);
  expect(journal.events("R2", 0, 100).filter(({ event }) => event.type === "output")).toHaveLength(6);
});

test("a store that is opened later goes on where the first one was", () => {
  for (let number = 0; number < 5 * mebibyte; number += 32) {
    write(...numbers(number, number + 32).map((each) => line(each)));
    reopen();
  }
  const kept = read();
  expect(bytesIn(kept)).toBe(2 * 1024 * 1024);
  expect(kept.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(3 * 1024 * 1024);
});

test("what comes after a gap is never taken for the beginning, however small", () => {
  write(...numbers(0, mebibyte - 1).map((number) => line(number)), output("x".repeat(8192 - 100)));
  for (let number = 0; number < 3 * mebibyte; number += 1) write(line(number), output("small"));
  reopen();
  for (let number = 0; number < 10; number += 1) {
    write(line(number), output("small"));
    expect(read().filter(({ dropped }) => dropped > 0)).toHaveLength(1);
  }
});

test("a write that failed leaves nothing behind, in memory either", () => {
  write(...numbers(0, 1.5 * mebibyte).map((number) => line(number)));
  const noTime = "never" as unknown as number;
  expect(() =>
    journal.appendOutput(
      "R1",
      noTime,
      numbers(5000, 5300).map((number) => line(number)),
    ),
  ).toThrow(Fault);
  write(...numbers(1.5 * mebibyte, 3 * mebibyte).map((number) => line(number)));
  const found = read().map(({ text }) => Number(text.split(" ")[0]));
  expect(found).toEqual([...numbers(0, mebibyte), ...numbers(2 * mebibyte, 3 * mebibyte)]);
  expect(read().reduce((sum, { dropped }) => sum + dropped, 0)).toBe(1024 * 1024);
});

test("one enormous text is cut, between characters", () => {
  const text = `a${"\u{1F600}".repeat(2_000_000)}end`;
  write(output(text, "one", 7));
  const kept = read();
  const bytes = bytesIn(kept);
  expect(bytes).toBeGreaterThan(2 * 1024 * 1024 - 4 * limits.piece);
  expect(bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
  expect(bytes + kept.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(Buffer.byteLength(text) + 7);
  expect(kept.every((event) => event.text.isWellFormed())).toBe(true);
  expect(kept.at(-1)?.text.endsWith("end")).toBe(true);
});

test("what was missing before it was written is told as well", () => {
  write(output("a"), output("b", "one", 10));
  expect(read().map(({ dropped }) => dropped)).toEqual([0, 10]);
});

test("nothing is lost from the counts, whatever is written how", () => {
  const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 700_000 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });
  let step = 0;
  fc.assert(
    fc.property(sizes, (batches) => {
      const name = `step ${(step += 1)}`;
      for (const batchOf of batches) write(...batchOf.map((size) => output("z".repeat(size), name)));
      const kept = read(name);
      const total = batches.flat().reduce((sum, size) => sum + size, 0);
      expect(bytesIn(kept) + kept.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(total);
      expect(bytesIn(kept)).toBeLessThanOrEqual(limits.head + limits.tail);
      if (total <= limits.head) expect(bytesIn(kept)).toBe(total);
      expect(kept.filter(({ dropped }) => dropped > 0).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 10 },
  );
});
