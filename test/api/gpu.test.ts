import { status } from "@grpc/grpc-js";
import type { LeaseResponse__Output } from "../../proto/index.ts";
import type { Lease } from "../../src/agent/domain/lease.ts";
import { plan, record, step } from "./support/runs.ts";
import { closeAll, serve, type FakeParts } from "./support/serve.ts";
import { config, container, world } from "./support/world.ts";

afterEach(closeAll);

const now = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const anas: Lease = { ctid: 950, holder: "ana", reason: "demo", since: now - hour, until: now + hour };
const asked = { ctid: 950, for_s: 7200, holder: "ana" };

/** A host with a container that has a GPU, one that has none, and these leases. */
async function host(leased: readonly Lease[] = [], more: FakeParts = {}) {
  const kept = new Map(leased.map((lease) => [lease.ctid, lease]));
  const given = world({
    configs: [config({ gpus: [0] }), config({ ctid: 951 })],
    containers: [container(), container({ ctid: 951 })],
    leases: leased,
  });
  const served = await serve({
    leases: { keep: (lease) => void kept.set(lease.ctid, lease), drop: (ctid) => void kept.delete(ctid), at: () => kept },
    clock: { now: () => now },
    host: { world: () => Promise.resolve(given) },
    ...more,
  });
  return { ...served, kept };
}

describe("Lease", () => {
  test("writes it down and answers with it", async () => {
    const { call, kept } = await host();
    const { lease } = await call<LeaseResponse__Output>("gpu/Lease", { ...asked, reason: "demo" });
    expect([...kept.values()]).toEqual([{ ...anas, since: now, until: now + 2 * hour }]);
    expect(lease).toEqual({
      ctid: 950,
      holder: "ana",
      reason: "demo",
      since: { seconds: now / 1000, nanos: 0 },
      until: { seconds: now / 1000 + 7200, nanos: 0 },
    });
  });

  test("moves the end of one's own", async () => {
    const { call, kept } = await host([anas]);
    await call("gpu/Lease", asked);
    expect(kept.get(950)).toEqual({ ...anas, until: now + 2 * hour });
  });

  test.each<[string, object, readonly Lease[], FakeParts, object]>([
    [
      "somebody else's",
      { ...asked, holder: "ben" },
      [anas],
      {},
      {
        code: status.FAILED_PRECONDITION,
        message: "leased by ana until 2026-11-20T13:00:00Z: demo",
        report: { reason: "LEASED", remedy: "ask ana; phoenixctl gpu release 950 --force ends it all the same" },
      },
    ],
    ["one without a GPU", { ...asked, ctid: 951 }, [], {}, { message: "951 has no GPU access, so there is nothing to lease" }],
    ["one that is not there", { ...asked, ctid: 952 }, [], {}, { code: status.NOT_FOUND, report: { reason: "CONTAINER_MISSING" } }],
    [
      "one that a run is about to take down",
      asked,
      [],
      { journal: { unfinished: () => [record([], { plan: plan({ steps: [step("power", { action: { do: "stop", how: "kill" } })] }) })] } },
      { code: status.ABORTED, report: { reason: "BUSY" } },
    ],
    [
      "in a request that is out of bounds",
      { ctid: 5, for_s: 0, holder: "", reason: "a\nb" },
      [],
      {},
      {
        code: status.INVALID_ARGUMENT,
        message:
          "ctid: expected a container's id, 100 to 999999999, got 5; for_s: expected 1 to 2592000 seconds, got 0; " +
          'holder: expected one line of 1 to 64 characters, got ""; reason: expected one line of at most 200 characters, got "a\\nb"',
      },
    ],
  ])("refuses %s, and keeps what is", async (_words, request, leased, more, expected) => {
    const { call, fails, kept } = await host(leased, more);
    expect(await fails(call("gpu/Lease", request))).toMatchObject(expected);
    expect([...kept.values()]).toEqual(leased);
  });

  test("takes one whose run only goes on to start it", async () => {
    const { call, kept } = await host([], { journal: { unfinished: () => [record([], { plan: plan({ steps: [step("start")] }) })] } });
    await call("gpu/Lease", asked);
    expect(kept.size).toBe(1);
  });
});

describe("Release", () => {
  test.each([
    ["one's own", { ctid: 950, holder: "ana" }],
    ["somebody else's by force", { ctid: 950, holder: "ben", force: true }],
  ])("ends %s", async (_words, request) => {
    const { call, kept } = await host([anas]);
    expect(await call("gpu/Release", request)).toMatchObject({ lease: { ctid: 950, holder: "ana", reason: "demo" } });
    expect(kept.size).toBe(0);
  });

  test("leaves somebody else's alone", async () => {
    const { call, fails, kept } = await host([anas]);
    expect(await fails(call("gpu/Release", { ctid: 950, holder: "ben" }))).toMatchObject({ report: { reason: "LEASED" } });
    expect(kept.size).toBe(1);
  });

  test("knows none", async () => {
    const { call, fails } = await host();
    expect(await fails(call("gpu/Release", { ctid: 950, holder: "ana" }))).toMatchObject({
      code: status.NOT_FOUND,
      message: "950 is not leased",
    });
  });
});

test("the lease is noted on its container", async () => {
  const { call } = await host([anas]);
  expect(await call("host/ListContainers")).toMatchObject({
    containers: [
      { ctid: 950, notes: expect.arrayContaining(["leased by ana until 2026-11-20T13:00:00Z: demo"]) as unknown },
      { ctid: 951 },
    ],
  });
});

test("stop, restart and restore hand force on", async () => {
  const start = jest.fn(() => Promise.resolve({ runs: [record()], refused: [] }));
  const { call } = await serve({ orchestrator: { start } });
  const request = { request_id: "r", ctid: 950, force: true };
  await call("host/StopContainer", request);
  await call("host/RestartContainer", request);
  await call("snapshot/RestoreSnapshot", { ...request, name: "mine" });
  expect(start.mock.calls.map(([, wish]: readonly unknown[]) => wish)).toEqual([
    { kind: "stop", how: "graceful", force: true },
    { kind: "restart", how: "graceful", force: true },
    { kind: "restore", snapshot: "mine", newer: "keep", force: true },
  ]);
});
