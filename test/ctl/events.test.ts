import { toTimestamp } from "../../proto/time.ts";
import type { HostEvent__Output as HostEvent } from "../../proto/types.ts";
import { withAgent, type Script } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { noon } from "./support/samples.ts";

const event = (seq: number, more: Partial<HostEvent> = {}): HostEvent => ({
  seq,
  at: toTimestamp(noon + seq * 1000),
  kind: "run.finished",
  level: "EVENT_LEVEL_INFO",
  ctid: 950,
  run_id: "01K4",
  message: "letsgo of 950 succeeded: final-form of 2026-11-23T13:01:00Z",
  details: {},
  ...more,
});

const yesterday = event(1, {
  at: toTimestamp(noon - 86_400_000),
  kind: "agent.started",
  level: "EVENT_LEVEL_ERROR",
  ctid: 0,
  run_id: "",
  message: "the agent is up\u001b[31m",
});

test.each([
  ["all that there are", [], []],
  ["the last ones", [event(0)], ["older events are left out; more: --limit 10"]],
])("what happened, a line each, in the reader's time: %s", async (_, older, note) => {
  const listed = { events: [yesterday, event(7)], next_seq: 8 };
  const { socket, calls } = await withAgent({
    ListEvents: (request: { before_seq: number }) => (request.before_seq === 0 ? listed : { ...listed, events: older }),
  });
  const { code, stdout } = await phoenixctl(["events", "--level", "warn", "--ctid", "950", "--limit", "2"], { socket });
  expect(stdout).toBe(
    [
      ...note,
      "22 Nov 14:01:00 pve1 error -    agent.started the agent is up",
      "14:01:07 pve1 info  950  run.finished  letsgo of 950 succeeded: final-form of 14:01",
      "",
    ].join("\n"),
  );
  expect(code).toBe(0);
  const filter = { ctid: 950, min_level: "EVENT_LEVEL_WARN" };
  expect(calls.slice(-2).map(({ request }) => request)).toMatchObject([
    { ...filter, limit: 2 },
    { ...filter, limit: 1, before_seq: 1 },
  ]);
});

test("nothing happened", async () => {
  const { socket } = await withAgent({ ListEvents: { events: [], next_seq: 1 } });
  expect((await phoenixctl(["events"], { socket })).stdout).toBe("no events on pve1\n");
});

test("programs get a record each, or a document", async () => {
  const { socket } = await withAgent({ ListEvents: { events: [event(7)], next_seq: 8 } });
  const record = { seq: 7, at: "2026-11-23T13:01:07.000Z", kind: "run.finished", level: "info", ctid: 950, run_id: "01K4", details: {} };
  const { stdout } = await phoenixctl(["events", "-o", "ndjson"], { socket });
  expect(JSON.parse(stdout)).toMatchObject({ host: "pve1", ...record });
  expect(JSON.parse((await phoenixctl(["events", "-o", "json"], { socket })).stdout)).toMatchObject({ host: "pve1", events: [record] });
});

test("--follow goes on after what was listed, over a restart of the agent, until Ctrl-C", async () => {
  const froms: unknown[] = [];
  const watch = (events: readonly HostEvent[], then: "break" | "stay") => (call: Parameters<NonNullable<Script["WatchRun"]>>[0]) => {
    froms.push((call.request as unknown as { from_seq: number }).from_seq);
    for (const each of events) (call.write as (message: object) => void)({ event: each });
    if (then === "break") call.end();
    else process.emit("SIGINT");
  };
  let times = 0;
  const { socket } = await withAgent({
    ListEvents: { events: [event(7)], next_seq: 8 },
    WatchEvents: (call: never) => ((times += 1) === 1 ? watch([event(8)], "break") : watch([event(9)], "stay"))(call),
  });
  const { code, stdout } = await phoenixctl(["events", "--follow", "-o", "ndjson"], { socket });
  const seqs = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(seqs.slice(0, 2)).toEqual([7, 8]);
  expect(froms).toEqual([8, 9]);
  expect(code).toBe(130);
});

test("--follow has no end, and a document has", async () => {
  const { code, stderr } = await phoenixctl(["events", "--follow", "-o", "json"], {});
  expect([code, stderr]).toEqual([2, expect.stringContaining("--follow has no end")]);
});
