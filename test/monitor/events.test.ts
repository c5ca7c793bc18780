import { setImmediate } from "node:timers/promises";
import type { EventBook, EventFilter, HostEvent } from "../../src/agent/domain/event.ts";
import type { Log } from "../../src/agent/domain/log.ts";
import { createEvents } from "../../src/agent/monitor/events.ts";
import { createFeed } from "../../src/agent/run/feed.ts";
import { open, temporaryFolder } from "../store/support/folder.ts";
import { batch, newRun, started } from "../store/support/runs.ts";

const all: EventFilter = { level: "info", ctid: null };

function make(over: Partial<EventBook> = {}) {
  const store = open(temporaryFolder());
  const logged: unknown[] = [];
  const at = (level: string) => (fields: object, message: string) => void logged.push([level, fields, message]);
  const log: Log = { trace: () => {}, debug: () => {}, info: at("info"), warn: at("warn"), error: at("error") };
  const feed = createFeed();
  const events = createEvents({ book: { ...store.events, ...over }, clock: { now: () => 5 }, log, feed });
  return { store, logged, feed, events };
}

test("a watcher is told what was, what is said, and what runs do, once each", async () => {
  const { store, feed, events } = make();
  events.say({ kind: "agent.started", level: "info", message: "before" });
  const end = new AbortController();
  const seen: string[] = [];
  const watched = (async () => {
    for await (const { message } of events.watch(0, all, end.signal)) {
      seen.push(message);
      if (message === "last") end.abort();
    }
  })();
  await setImmediate();
  expect(seen).toEqual(["before"]);
  store.journal.create(batch("B", [newRun("R1")]));
  store.journal.append("R1", 6, [started]);
  feed.notify("R1");
  events.say({ kind: "agent.stopped", level: "warn", ctid: 951, message: "last" });
  await watched;
  expect(seen).toEqual(["before", "start of 950 begins", "last"]);
});

test("one that starts from a place begins there, and one with more than a page reads all of it", async () => {
  const { events } = make();
  for (let index = 0; index < 450; index += 1) events.say({ kind: "agent.started", level: "info", message: String(index) });
  const end = new AbortController();
  const seen: HostEvent[] = [];
  for await (const event of events.watch(11, all, end.signal)) {
    seen.push(event);
    if (event.message === "449") end.abort();
  }
  expect(seen.map(({ message }) => Number(message))).toEqual(Array.from({ length: 440 }, (_, index) => index + 10));
});

test("what is said is logged with what it is about, and kept with the time", () => {
  const { events, logged } = make();
  events.say({ kind: "agent.started", level: "warn", ctid: 950, run: "R", message: "m", details: { a: "b" } });
  expect(logged).toEqual([["warn", { event: "agent.started", ctid: 950, run: "R", details: { a: "b" } }, "m"]]);
  expect(events.newest(null, all, 1)).toEqual([
    { seq: 1, at: 5, kind: "agent.started", level: "warn", ctid: 950, run: "R", message: "m", details: { a: "b" } },
  ]);
});

test("who has something to say is not hurt by a store that fails", () => {
  const { events, logged } = make({
    add: () => {
      throw new Error("the disk is full");
    },
  });
  events.say({ kind: "agent.started", level: "info", message: "m" });
  expect(logged).toEqual([
    ["info", { event: "agent.started" }, "m"],
    ["error", { event: "agent.started" }, "this event could not be kept: the disk is full"],
  ]);
});
