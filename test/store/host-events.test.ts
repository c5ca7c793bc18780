import type { EventFilter, HostEvent } from "../../src/agent/domain/event.ts";
import { open, temporaryFolder } from "./support/folder.ts";
import { batch, newRun, output, started, stepFinished, stepStarted } from "./support/runs.ts";

const all: EventFilter = { level: "info", ctid: null };
const said = { kind: "agent.started", level: "info", ctid: null, run: null, details: {} } as const;
const messages = (events: readonly HostEvent[]) => events.map(({ message }) => message);

/** A store in which something was said before, during and after a failed run of 950 and one of 951 that was never begun. */
function busy() {
  const store = open(temporaryFolder());
  const { journal, events } = store;
  events.add({ ...said, at: 1, message: "first" });
  journal.create(batch("B", [newRun("R1"), newRun("R2", 951)]));
  journal.append("R1", 2, [started]);
  journal.append("R1", 3, [stepStarted("one")]);
  events.add({ ...said, at: 4, level: "warn", ctid: 951, message: "between", details: { a: "b" } });
  journal.appendOutput("R1", 5, [output('{"type":"finished"}')]);
  journal.append("R1", 6, [stepFinished("one")]);
  journal.append("R1", 7, [{ type: "resumed", away_since: 6, step: "two", decision: "repeat", why: "it is repeated" }]);
  journal.append("R1", 8, [{ type: "finished", ending: "failed", outcome: "It is back." }]);
  journal.append("R2", 9, [{ type: "finished", ending: "cancelled", outcome: "It never began." }]);
  events.add({ ...said, at: 10, level: "error", message: "last" });
  return store;
}

test("what was said, and what runs did, in the order in which it happened", () => {
  const { events } = busy();
  const { events: found } = events.from(0, all, 100);
  expect(found.map(({ at, level, ctid, run, message }) => [at, level, ctid, run, message])).toEqual([
    [1, "info", null, null, "first"],
    [2, "info", 950, "R1", "start of 950 begins"],
    [4, "warn", 951, null, "between"],
    [7, "warn", 950, "R1", "start of 950 goes on: it is repeated"],
    [8, "error", 950, "R1", "start of 950 failed: It is back."],
    [9, "warn", 951, "R2", "start of 951 cancelled: It never began."],
    [10, "error", null, null, "last"],
  ]);
  expect(found[2]?.details).toEqual({ a: "b" });
  expect(found[4]).toMatchObject({ kind: "run.finished", details: { kind: "start", ending: "failed" } });
  expect(found.map(({ seq }) => seq)).toEqual(found.map(({ seq }) => seq).toSorted((a, b) => a - b));
});

test("page after page misses nothing and tells nothing twice", () => {
  const { events } = busy();
  const pages: string[] = [];
  for (let from = 0, step = 0; step < 20; step += 1) {
    const { events: some, next } = events.from(from, all, 2);
    expect(some.length).toBeLessThanOrEqual(2);
    pages.push(...messages(some));
    from = next;
  }
  expect(pages).toEqual(messages(events.from(0, all, 100).events));
});

test.each<[string, EventFilter, number]>([
  ["of a level and worse", { level: "warn", ctid: null }, 5],
  ["of the worst", { level: "error", ctid: null }, 2],
  ["of a container", { level: "info", ctid: 951 }, 2],
  ["of a container and a level", { level: "error", ctid: 950 }, 1],
])("those %s", (_, filter, count) => {
  const { events } = busy();
  expect(events.from(0, filter, 100).events).toHaveLength(count);
  expect(events.newest(null, filter, 100)).toEqual(events.from(0, filter, 100).events);
});

test("the newest, the newest last, and those before", () => {
  const { events } = busy();
  const newest = events.newest(null, all, 2);
  expect(messages(newest)).toEqual(["start of 951 cancelled: It never began.", "last"]);
  expect(messages(events.newest(newest[0]!.seq, all, 2))).toEqual([
    "start of 950 goes on: it is repeated",
    "start of 950 failed: It is back.",
  ]);
});

test("where to go on is after everything that is there, also when nothing of it was wanted", () => {
  const { events, journal } = busy();
  const { next } = events.from(0, { level: "error", ctid: 999 }, 10);
  expect(next).toBe(events.next());
  expect(events.from(next, all, 10).events).toEqual([]);
  journal.create(batch("C", [newRun("R3")]));
  journal.append("R3", 11, [started]);
  expect(messages(events.from(next, all, 10).events)).toEqual(["start of 950 begins"]);
});

test("an empty store has none, and outlives a restart with its order", () => {
  const folder = temporaryFolder();
  const first = open(folder);
  expect(first.events.from(0, all, 10)).toEqual({ events: [], next: 1 });
  first.events.add({ ...said, at: 1, message: "one" });
  first.close();
  const second = open(folder);
  second.events.add({ ...said, at: 2, message: "two" });
  expect(messages(second.events.newest(null, all, 10))).toEqual(["one", "two"]);
});
