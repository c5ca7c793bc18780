import { status } from "@grpc/grpc-js";
import type { ListEventsResponse__Output, WatchEventsResponse__Output } from "../../proto/index.ts";
import type { EventFilter, HostEvent } from "../../src/agent/domain/event.ts";
import { all, closeAll, serve } from "./support/serve.ts";

afterEach(closeAll);

const event: HostEvent = {
  seq: 7,
  at: 1_700_000_000_000,
  kind: "run.finished",
  level: "error",
  ctid: 950,
  run: "01K4",
  message: "m",
  details: { ending: "failed" },
};

test("events are listed, with where to go on", async () => {
  const asked: unknown[] = [];
  const newest = (...args: unknown[]) => {
    asked.push(args);
    return [event, { ...event, ctid: null, run: null, level: "info" as const }];
  };
  const { call } = await serve({ events: { newest, next: () => 9 } });
  const answer = await call<ListEventsResponse__Output>("host/ListEvents", { ctid: 950, min_level: "EVENT_LEVEL_WARN", limit: 2 });
  expect(answer.next_seq).toBe(9);
  expect(answer.events).toEqual([
    {
      seq: 7,
      at: { seconds: 1_700_000_000, nanos: 0 },
      kind: "run.finished",
      level: "EVENT_LEVEL_ERROR",
      ctid: 950,
      run_id: "01K4",
      message: "m",
      details: { ending: "failed" },
    },
    expect.objectContaining({ ctid: 0, run_id: "", level: "EVENT_LEVEL_INFO" }),
  ]);
  await call("host/ListEvents", { before_seq: 5 });
  expect(asked).toEqual([
    [null, { ctid: 950, level: "warn" }, 2],
    [5, { ctid: null, level: "info" }, 50],
  ]);
});

test("events are watched from a place on", async () => {
  const asked: unknown[] = [];
  const watch = async function* (from: number, filter: EventFilter) {
    asked.push([from, filter]);
    yield await Promise.resolve(event);
  };
  const served = await serve({ events: { watch } });
  const request = { from_seq: 5, min_level: "EVENT_LEVEL_ERROR" };
  const got = await all(served.watch<WatchEventsResponse__Output>("host/WatchEvents", request));
  expect(got).toEqual([{ event: expect.objectContaining({ seq: 7, kind: "run.finished" }) }]);
  expect(asked).toEqual([[5, { ctid: null, level: "error" }]]);
});

test.each([
  ["a container that can't be", { ctid: 5 }, "ctid: expected a container's id"],
  ["a level that is none", { min_level: 9 }, "min_level: expected a level of events, got 9"],
  ["too many", { limit: 1001 }, "limit: expected 1 to 1000"],
])("%s is refused", async (_, request, message) => {
  const served = await serve();
  const failed = await served.fails(served.call("host/ListEvents", request));
  expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, message: expect.stringContaining(message) });
});
