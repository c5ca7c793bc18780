import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { status, type ServiceError } from "@grpc/grpc-js";
import type { RunEvent__Output, WatchRunResponse__Output } from "../../proto/index.ts";
import type { Entry } from "../../src/agent/domain/journal.ts";
import type { RunEvent } from "../../src/agent/domain/run.ts";
import { entry, plan, record, runId, step } from "./support/runs.ts";
import { all, closeAll, next, serve, type Served } from "./support/serve.ts";

afterEach(closeAll);

type Watch = (run: string, from: number, signal: AbortSignal) => AsyncIterable<Entry>;

const watching = (watch: Watch, events?: readonly RunEvent[]) =>
  serve({
    orchestrator: { watch, find: () => record(events, { plan: plan({ steps: [step("restore", { again: [step("again.start")] })] }) }) },
  });

const watchRun = ({ watch }: Served, from_seq = 0) =>
  watch<WatchRunResponse__Output>("orchestration/WatchRun", { run_id: runId, from_seq });

/** Waits for the end of a watch that is aborted, as the engine's does. */
async function* forever(signal: AbortSignal): AsyncGenerator<Entry> {
  yield entry(1, { type: "created" });
  if (!signal.aborted) await once(signal, "abort");
}

test("every event arrives as it happened, and the watch ends with the run", async () => {
  const failure = { reason: "TIMEOUT", message: "hung", remedy: "r", transient: true } as const;
  const events: RunEvent[] = [
    { type: "created" },
    { type: "started" },
    { type: "step-started", step: "restore", attempt: 2 },
    { type: "output", step: "restore", stream: "stdout", text: "a\n", dropped: 7 },
    { type: "output", step: "restore", stream: "stderr", text: "b\n", dropped: 0 },
    { type: "note", step: "", text: "n" },
    { type: "step-finished", step: "restore", detail: "d", ms: 1.5, platform_ms: 1 },
    { type: "step-failed", step: "restore", failure, ms: 2, platform_ms: 1, retried: true },
    { type: "resumed", away_since: 1_700_000_000_000, step: "restore", decision: "again", why: "w" },
    { type: "step-started", step: "again.start", attempt: 1 },
    { type: "step-started", step: "undo.restore", attempt: 1 },
    { type: "step-started", step: "unheard-of", attempt: 1 },
    { type: "cancel-requested" },
    { type: "finished", ending: "succeeded", outcome: "running" },
  ];
  const asked: unknown[] = [];
  const served = await watching(
    async function* (run, from) {
      asked.push([run, from]);
      for (const [i, event] of events.entries()) yield entry(i + 1, event);
    },
    [{ type: "finished", ending: "succeeded", outcome: "running" }],
  );

  const got = (await all<WatchRunResponse__Output>(watchRun(served, 5))).map(({ event }) => event!);
  expect(asked).toEqual([[runId, 5]]);
  expect(got.map(({ seq, run_id }) => [seq, run_id])).toEqual(events.map((_, i) => [i + 1, runId]));
  expect(got[0]?.at).toEqual({ seconds: 1_700_000_000, nanos: 1e6 });
  const body = (event: RunEvent__Output) => [event.event, event[event.event!]];
  expect(got.map(body)).toEqual([
    ["created", {}],
    ["started", {}],
    ["step_started", { step: expect.objectContaining({ id: "restore", title: "restore!" }), attempt: 2, undo: false }],
    ["output", { step: "restore", stream: "OUTPUT_STREAM_STDOUT", text: "a\n", dropped_bytes: 7 }],
    ["output", { step: "restore", stream: "OUTPUT_STREAM_STDERR", text: "b\n", dropped_bytes: 0 }],
    ["note", { step: "", text: "n" }],
    ["step_finished", { step: "restore", detail: "d", duration_ms: 1.5 }],
    [
      "step_failed",
      { step: "restore", failure: { reason: "TIMEOUT", message: "hung", remedy: "r", step: "restore" }, duration_ms: 2, retried: true },
    ],
    ["resumed", { away_since: { seconds: 1_700_000_000, nanos: 0 }, step: "restore", decision: "w" }],
    ["step_started", { step: expect.objectContaining({ id: "again.start", title: "again.start!" }), attempt: 1, undo: false }],
    ["step_started", { step: expect.objectContaining({ id: "undo.restore" }), attempt: 1, undo: true }],
    ["step_started", { step: expect.objectContaining({ id: "unheard-of", title: "unheard-of" }), attempt: 1, undo: false }],
    ["cancel_requested", {}],
    ["finished", { run: expect.objectContaining({ id: runId, state: "RUN_STATE_SUCCEEDED", outcome: "running" }) }],
  ]);
});

test("a watcher that does not read stops the one who tells, and loses nothing", async () => {
  const total = 1000;
  const text = "x".repeat(10_000);
  let told = 0;
  const served = await watching(async function* () {
    for (; told < total; told += 1) yield entry(told + 1, { type: "output", step: "restore", stream: "stdout", text, dropped: 0 });
  });
  const stream = watchRun(served);
  const first = await next(stream);
  // Everything is in this process: it has come to rest when nothing more is told in many turns of its loop.
  for (let before = -1, turns = 0; turns < 200; turns = told === before ? turns + 1 : 0) {
    before = told;
    await setImmediate();
  }
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(total / 2);
  const got = [first, ...(await all<WatchRunResponse__Output>(stream))];
  expect(got.map(({ event }) => event?.seq)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
});

test("a watcher that goes away ends the watch", async () => {
  const ended = Promise.withResolvers<void>();
  const served = await watching(async function* (_run, _from, signal) {
    yield* forever(signal);
    ended.resolve();
  });
  const stream = watchRun(served);
  stream.on("error", () => null);
  await once(stream, "data");
  stream.cancel();
  await ended.promise;
});

test("a watcher that goes away while it is too slow ends the watch", async () => {
  const ended = Promise.withResolvers<unknown>();
  const served = await watching(async function* () {
    try {
      for (let seq = 1; ; seq += 1) yield entry(seq, { type: "output", step: "s", stream: "stdout", text: "x".repeat(10_000), dropped: 0 });
    } finally {
      ended.resolve(null);
    }
  });
  const stream = watchRun(served);
  stream.on("error", () => null);
  await next(stream);
  stream.cancel();
  await ended.promise;
});

test("an agent that ends says so to its watchers, so that they come back", async () => {
  const served = await watching((_run, _from, signal) => forever(signal));
  const stream = watchRun(served);
  await once(stream, "data");
  const failed = once(stream, "error") as Promise<[ServiceError]>;
  await served.server.close(60_000);
  const [error] = await failed;
  expect(error.code).toBe(status.UNAVAILABLE);
});

test("what goes wrong in the middle of a watch is told", async () => {
  const served = await watching(async function* () {
    yield entry(1, { type: "created" });
    throw new Error("the journal is gone");
  });
  const failed = await served.fails(all<WatchRunResponse__Output>(watchRun(served)));
  expect(failed).toMatchObject({ code: status.INTERNAL, message: "the journal is gone" });
});
