import { Fault } from "../../src/agent/domain/errors.ts";
import { silent } from "../../src/agent/domain/log.ts";
import type { NoticeBook } from "../../src/agent/domain/notice.ts";
import type { Ending } from "../../src/agent/domain/run.ts";
import { virtualClock } from "../../src/agent/driver/sim/virtual-clock.ts";
import { createEvents } from "../../src/agent/monitor/events.ts";
import { createNotifier, longestPause, patience, pauseAfter } from "../../src/agent/notify/notifier.ts";
import { openNotifier } from "../../src/agent/notify/open.ts";
import type { Send } from "../../src/agent/notify/send.ts";
import { createFeed } from "../../src/agent/run/feed.ts";
import type { Store } from "../../src/agent/store/open.ts";
import { open, temporaryFolder } from "../store/support/folder.ts";
import { batch, newRun, started } from "../store/support/runs.ts";

const minute = 60_000;

interface Sent {
  readonly id: string;
  readonly body: string;
}

/** The agent's life with a store: whose runs end when a test says so, and whose receiver does as `answer` does. */
function live(
  store: Store,
  answer: Send = () => Promise.resolve(),
  results: readonly Ending[] = ["failed"],
  book: NoticeBook = store.notices,
) {
  const clock = virtualClock();
  const feed = createFeed();
  const sent: Sent[] = [];
  let made = 0;
  const events = createEvents({ book: store.events, clock, log: silent, feed });
  const send: Send = ({ id, body }, signal) => {
    sent.push({ id, body });
    return answer({ id, body }, signal);
  };
  const parts = {
    book,
    events,
    history: store.events,
    journal: store.journal,
    feed,
    sender: { host: "pve1", version: "1.2.3" },
    clock,
    log: silent,
    newId: () => `N${store.events.next()}-${(made += 1)}`,
  };
  const end = (id: string, ending: Ending) => {
    store.journal.create(batch(`B${id}`, [newRun(id, 950)]));
    store.journal.append(id, clock.now(), [started]);
    if (ending === "failed") {
      const failure = { reason: "EXIT_CODE", message: "a.sh --token abcdef said 3", remedy: "look", transient: false } as const;
      store.journal.append(id, clock.now(), [{ type: "step-started", step: "one", attempt: 1 }]);
      store.journal.append(id, clock.now(), [{ type: "step-failed", step: "one", failure, ms: 1, platform_ms: 1, retried: false }]);
    }
    store.journal.append(id, clock.now(), [{ type: "finished", ending, outcome: "It is left as it was." }]);
    feed.notify(id);
  };
  return { clock, sent, events, parts, end, notifier: createNotifier({ ...parts, send, results }) };
}

const runsOf = (sent: readonly Sent[]) => sent.map(({ body }) => (JSON.parse(body) as { run: { id: string } }).run.id);

test("what is sent says everything about the run, and no secret", async () => {
  const { clock, sent, end, notifier } = live(open(temporaryFolder()));
  notifier.follow();
  end("R1", "failed");
  await clock.advance(0);
  await notifier.close();
  expect(sent).toHaveLength(1);
  expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
    id: sent[0]?.id,
    event: "run.failed",
    host: "pve1",
    version: "1.2.3",
    run: {
      id: "R1",
      kind: "start",
      ctid: 950,
      name: "c950",
      result: "failed",
      step: "one",
      reason: "EXIT_CODE",
      message: "a.sh --token … said 3",
      remedy: "look",
      undo: null,
      outcome: "It is left as it was.",
      created: "1970-01-01T00:00:01.000Z",
      started: "2026-01-01T00:00:00.000Z",
      finished: "2026-01-01T00:00:00.000Z",
    },
  });
});

test.each<[readonly Ending[], readonly string[]]>([
  [["failed"], ["R2"]],
  [
    ["failed", "cancelled"],
    ["R2", "R3"],
  ],
  [["succeeded"], ["R1"]],
  [[], []],
])("of %j are told %j", async (results, expected) => {
  const { clock, sent, end, notifier } = live(open(temporaryFolder()), undefined, results);
  notifier.follow();
  end("R1", "succeeded");
  end("R2", "failed");
  end("R3", "cancelled");
  await clock.advance(0);
  await notifier.close();
  expect(runsOf(sent)).toEqual(expected);
});

test("what was before anybody wanted to know is not told, and what happened while nobody looked is", async () => {
  const store = open(temporaryFolder());
  const before = live(store);
  await before.notifier.close();
  before.end("R1", "failed");
  const after = live(store);
  after.notifier.follow();
  await after.clock.advance(0);
  await after.notifier.close();
  expect(runsOf(after.sent)).toEqual(["R1"]);
  // Somebody takes the setting away, and sets it again later.
  await openNotifier(null, after.parts);
  after.end("R2", "failed");
  const later = live(store);
  later.notifier.follow();
  await later.clock.advance(0);
  await later.notifier.close();
  expect(later.sent).toEqual([]);
});

test("it is tried again after ever longer times, and what comes meanwhile waits for its turn", async () => {
  let refusals = 12;
  const times: number[] = [];
  const { clock, sent, end, notifier } = live(open(temporaryFolder()), () => {
    times.push(clock.now());
    return (refusals -= 1) < 0 ? Promise.resolve() : Promise.reject(new Fault("BACKEND_FAILED", "it answered 500"));
  });
  notifier.follow();
  end("R1", "failed");
  await clock.advance(0);
  end("R2", "failed");
  await clock.advance(10 * 60 * minute);
  expect(runsOf(sent)).toEqual([...Array.from({ length: 13 }, () => "R1"), "R2"]);
  expect(new Set(sent.slice(0, 13).map(({ id, body }) => id + body)).size).toBe(1);
  const pauses = times.slice(1, 13).map((at, nth) => at - (times[nth] ?? 0));
  expect(pauses).toEqual(Array.from({ length: 12 }, (_, nth) => pauseAfter(nth + 1)));
  expect(pauses.slice(0, 4).map((ms) => ms / 1000)).toEqual([5, 10, 20, 40]);
  expect(Math.max(...pauses)).toBe(longestPause);
  expect(notifier.standing()).toMatchObject({ delivered: 2, failed: 12, given_up: 0, waiting: 0 });
  await notifier.close();
});

test("after a day it is given up, which is an event, and the next one has its turn", async () => {
  const { clock, sent, end, events, notifier } = live(open(temporaryFolder()), ({ body }) =>
    body.includes('"R1"') ? Promise.reject(new Fault("BACKEND_FAILED", "connect ECONNREFUSED")) : Promise.resolve(),
  );
  notifier.follow();
  end("R1", "failed");
  end("R2", "failed");
  await clock.advance(patience + longestPause);
  expect(runsOf(sent).at(-1)).toBe("R2");
  const lost = events.newest(null, { level: "error", ctid: null }, 10).filter(({ kind }) => kind === "notify.lost");
  expect(lost).toMatchObject([{ run: "R1", details: { notice: sent[0]?.id }, message: expect.stringContaining("ECONNREFUSED") as string }]);
  expect(notifier.standing()).toMatchObject({ delivered: 1, given_up: 1, waiting: 0 });
  await notifier.close();
});

test("a database that can't be written is waited for, and nothing is lost", async () => {
  const store = open(temporaryFolder());
  let full = true;
  const add: NoticeBook["add"] = (...args) => {
    if (full) throw new Fault("STORE", "no space left");
    store.notices.add(...args);
  };
  store.notices.add([], store.events.next());
  const { clock, sent, end, notifier } = live(store, undefined, ["failed"], { ...store.notices, add });
  notifier.follow();
  end("R1", "failed");
  await clock.advance(minute);
  expect(sent).toEqual([]);
  full = false;
  await clock.advance(minute);
  expect(runsOf(sent)).toEqual(["R1"]);
  await notifier.close();
});

/** Every place at which the agent can be killed: before and after each write, and while a message is on its way. */
const places = ["add", "drop", "retry", "send"].flatMap((call) =>
  [1, 2, 3]
    .filter((nth) => call !== "add" || nth < 3)
    .flatMap((nth) => (["before", "after"] as const).map((when) => ({ call, nth, when }))),
);

test.each(places)(
  "killed $when $call $nth: everything arrives, in order, and what arrives twice has the same id and body",
  async ({ call, nth, when }) => {
    const folder = temporaryFolder();
    const store = open(folder);
    const arrived: Sent[] = [];
    let made = 0;
    let dead = false;
    /** Nothing that comes after a kill has any effect. */
    const deadly = <A extends readonly unknown[], R>(name: string, work: (...args: A) => R) => {
      return (...args: A): R => {
        if (dead) throw new Fault("STORE", "killed");
        if (name === call) made += 1;
        const strikes = name === call && made === nth;
        if (strikes && when === "before") dead = true;
        if (dead) throw new Fault("STORE", "killed");
        try {
          return work(...args);
        } finally {
          if (strikes) dead = true;
        }
      };
    };
    store.notices.add([], store.events.next());
    const { notices } = store;
    const book = { ...notices, add: deadly("add", notices.add), drop: deadly("drop", notices.drop), retry: deadly("retry", notices.retry) };
    // The first two tries of each are answered with an error, of which the second arrives all the same.
    const tries = new Map<string, number>();
    const receive = deadly("send", (notice: Sent) => {
      const count = (tries.get(notice.id) ?? 0) + 1;
      tries.set(notice.id, count);
      if (count > 1) arrived.push(notice);
      if (count <= 2) throw new Fault("BACKEND_FAILED", "it answered 500");
    });
    const first = live(store, async (notice) => receive(notice), ["failed"], book);
    first.notifier.follow();
    first.end("R1", "failed");
    await first.clock.advance(0);
    first.end("R2", "failed");
    first.end("R3", "failed");
    await first.clock.advance(10 * minute);
    await first.notifier.close();
    store.close();
    expect(dead).toBe(true);

    const second = live(open(folder), async (notice) => void arrived.push(notice));
    second.notifier.follow();
    await second.clock.advance(60 * minute);
    await second.notifier.close();
    const firsts = arrived.filter(({ id }, at) => arrived.findIndex((other) => other.id === id) === at);
    expect(runsOf(firsts)).toEqual(["R1", "R2", "R3"]);
    expect(new Set(arrived.map(({ id, body }) => id + body)).size).toBe(3);
  },
);
