import { status } from "@grpc/grpc-js";
import type { DiffSnapshotResponse__Output, Snapshot__Output } from "../../proto/index.ts";
import type { Change } from "../../src/agent/domain/change.ts";
import type { Moment } from "../../src/agent/domain/container.ts";
import { plan, record, runId, step } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";
import { container, world } from "./support/world.ts";

afterEach(closeAll);

const at = (name: string) => ({ name, created: null, parent: null, description: "", run: null, schedule: null });

describe("ListSnapshots", () => {
  const containers = [
    container({ ctid: 951, snapshots: [at("b"), at("a")] }),
    container({
      snapshots: [
        { name: "final-form", created: 1_700_000_000_500, parent: "pre-configured", description: "d", run: runId, schedule: null },
      ],
    }),
  ];
  const host = { world: () => Promise.resolve(world({ containers })) };

  test("gives those of all containers, by container, oldest first", async () => {
    const { call } = await serve({ host });
    const { snapshots } = await call<{ snapshots: Snapshot__Output[] }>("snapshot/ListSnapshots");
    expect(snapshots.map(({ ctid, name }) => [ctid, name])).toEqual([
      [950, "final-form"],
      [951, "b"],
      [951, "a"],
    ]);
    expect(snapshots[0]).toEqual({
      ctid: 950,
      name: "final-form",
      origin: "SNAPSHOT_ORIGIN_RUN",
      schedule: "",
      protected: false,
      created_at: { seconds: 1_700_000_000, nanos: 5e8 },
      parent: "pre-configured",
      description: "d",
      run_id: runId,
    });
    const none = { created_at: null, parent: "", description: "", run_id: "", schedule: "", protected: false };
    expect(snapshots[1]).toEqual({ ctid: 951, name: "b", origin: "SNAPSHOT_ORIGIN_HAND", ...none });
  });

  test("tells who took one, and what is protected", async () => {
    const nightly = { ...at("auto"), run: runId, schedule: "nightly", created: 5 };
    const protections = { all: () => [{ ctid: 950, name: "auto", created: 5, since: 9 }] };
    const { call } = await serve({
      host: { world: () => Promise.resolve(world({ containers: [container({ snapshots: [nightly, { ...nightly, name: "other" }] })] })) },
      protections,
    });
    expect(await call("snapshot/ListSnapshots")).toMatchObject({
      snapshots: [
        { name: "auto", origin: "SNAPSHOT_ORIGIN_SCHEDULE", schedule: "nightly", protected: true },
        { name: "other", protected: false },
      ],
    });
  });

  test("asks for sizes only where they are wanted, and gives the list where the storage does not say", async () => {
    const sizes = jest.fn((ctid: number) =>
      ctid === 950 ? Promise.resolve(new Map([["final-form", 42]])) : Promise.reject(new Error("busy")),
    );
    const { call } = await serve({ host, driver: { sizes } });
    await call("snapshot/ListSnapshots");
    expect(sizes).not.toHaveBeenCalled();
    const { snapshots } = await call<{ snapshots: Snapshot__Output[] }>("snapshot/ListSnapshots", { sizes: true });
    expect(snapshots.map(({ bytes }) => bytes)).toEqual([42, undefined, undefined]);
  });

  test("gives those of some containers", async () => {
    const { call, fails } = await serve({ host });
    expect(await call("snapshot/ListSnapshots", { ctids: [951, 950] })).toMatchObject({
      snapshots: [{ ctid: 950 }, { ctid: 951 }, { ctid: 951 }],
    });
    expect((await fails(call("snapshot/ListSnapshots", { ctids: [950, 952, 953] }))).message).toContain("no container 952, 953");
    expect((await fails(call("snapshot/ListSnapshots", { ctids: [950], ctid: 951 }))).message).toContain("expected none beside ctids");
  });

  test("gives those of one container", async () => {
    const { call } = await serve({ host });
    expect(await call("snapshot/ListSnapshots", { ctid: 951 })).toMatchObject({ snapshots: [{ name: "b" }, { name: "a" }] });
  });

  test("knows no snapshots of a container that is not there", async () => {
    const { call, fails } = await serve({ host });
    const failed = await fails(call("snapshot/ListSnapshots", { ctid: 952 }));
    expect(failed).toMatchObject({ code: status.NOT_FOUND, message: "there is no container 952 on this host" });
  });
});

describe("each change is a run", () => {
  const request = { request_id: "r-1", ctid: 950, name: "mine" };

  test.each<[string, object, object]>([
    ["CreateSnapshot", { description: "before the upgrade" }, { kind: "snapshot", snapshot: "mine", description: "before the upgrade" }],
    ["RestoreSnapshot", {}, { kind: "restore", snapshot: "mine", newer: "keep" }],
    ["RestoreSnapshot", { delete_newer: true }, { kind: "restore", snapshot: "mine", newer: "delete" }],
    ["DeleteSnapshot", {}, { kind: "delete", snapshot: "mine" }],
  ])("%s with %j", async (method, over, wish) => {
    const start = jest.fn(() => Promise.resolve({ runs: [record()], refused: [] }));
    const { call } = await serve({ orchestrator: { start } });
    expect(await call(`snapshot/${method}`, { ...request, ...over })).toMatchObject({ run: { id: runId } });
    await call(`snapshot/${method}`, { ...request, ...over, wait: true });
    expect(start.mock.calls).toEqual([
      ["r-1", wish, [950], "refuse"],
      ["r-1", wish, [950], "queue"],
    ]);
  });

  test.each(["CreateSnapshot", "RestoreSnapshot", "DeleteSnapshot"])("%s is refused with the blockers", async (method) => {
    const blockers = [{ reason: "SNAPSHOT_MISSING", ctid: 950, message: "there is no mine", remedy: "snapshot list" } as const];
    const { call, fails } = await serve({ orchestrator: { start: () => Promise.resolve({ runs: [], refused: [plan({ blockers })] }) } });
    const failed = await fails(call(`snapshot/${method}`, request));
    expect(failed).toMatchObject({ code: status.FAILED_PRECONDITION, report: { reason: "SNAPSHOT_MISSING", blockers } });
  });
});

describe("protecting", () => {
  const made = { ...at("mine"), created: 5 };
  const host = { world: () => Promise.resolve(world({ containers: [container({ snapshots: [made] })] })) };
  const clock = { now: () => 9 };
  const asked = { ctid: 950, name: "mine" };

  test("is of this snapshot, and not of its name", async () => {
    const keep = jest.fn();
    const { call } = await serve({ host, clock, protections: { keep, all: () => [] } });
    await call("snapshot/ProtectSnapshot", asked);
    expect(keep.mock.calls).toEqual([[{ ctid: 950, name: "mine", created: 5, since: 9 }]]);
  });

  test("twice is once", async () => {
    const { call } = await serve({ host, clock, protections: { all: () => [{ ...asked, created: 5, since: 1 }] } });
    expect(await call("snapshot/ProtectSnapshot", asked)).toMatchObject({ snapshot: { name: "mine", protected: true } });
  });

  test.each<[string, object, string, number]>([
    ["a name that is none", { ctid: 950, name: "a b" }, "name: expected a letter", status.INVALID_ARGUMENT],
    ["a snapshot that is not there", { ctid: 950, name: "other" }, "950 has no snapshot other", status.NOT_FOUND],
    ["a container that is not there", { ctid: 951, name: "mine" }, "there is no container 951", status.NOT_FOUND],
  ])("of %s is refused", async (_, request, message, code) => {
    const { call, fails } = await serve({ host, clock });
    const failed = await fails(call("snapshot/ProtectSnapshot", request));
    expect(failed.message).toContain(message);
    expect(failed.code).toBe(code);
  });

  test.each([
    { do: "delete-snapshot", name: "mine" },
    { do: "snapshot", name: "mine", description: "", replace: "atomic" },
  ] as const)("is refused while a run is going to $do it", async (action) => {
    const run = record(undefined, { plan: plan({ steps: [step("x", { action })] }) });
    const { call, fails } = await serve({ host, clock, journal: { unfinished: () => [run] } });
    expect((await fails(call("snapshot/ProtectSnapshot", asked))).message).toContain(`run ${runId} deletes or replaces mine`);
  });

  test("ends, also when the snapshot does not exist any more", async () => {
    const drop = jest.fn();
    const protections = { drop, all: () => [{ ctid: 950, name: "gone", created: 5, since: 1 }] };
    const { call, fails } = await serve({ host, clock, protections });
    expect(await call("snapshot/UnprotectSnapshot", { ctid: 950, name: "gone" })).toEqual({ snapshot: null });
    expect(drop.mock.calls).toEqual([[950, "gone"]]);
    expect((await fails(call("snapshot/UnprotectSnapshot", asked))).message).toBe("snapshot mine of 950 is not protected");
  });
});

describe("DiffSnapshot", () => {
  const changes: readonly Change[] = [
    { is: "added", path: "/new", kind: "file", bytes: 10 },
    { is: "removed", path: "/old", kind: "file", bytes: 3 },
    { is: "changed", path: "/etc", kind: "folder", before: 0, bytes: 0, detail: "mode 755 -> 700" },
    { is: "moved", path: "/b", from: "/a", kind: "file", before: 5, bytes: 6, detail: "" },
  ];
  const summary = { added: 1, removed: 1, changed: 1, moved: 1, bytes_before: 8, bytes_after: 16, complete: true };
  const parts = async (request: object, seen: "whole" | "cut" = "whole") => {
    const asked: unknown[] = [];
    const driver = {
      diff: async (ctid: number, from: string, to: Moment, take: (change: Change) => Promise<void> | void) => {
        asked.push(ctid, from, to);
        for (const change of changes) await take(change);
        return seen;
      },
    };
    const { watch } = await serve({ driver });
    const found: DiffSnapshotResponse__Output[] = [];
    for await (const part of watch("snapshot/DiffSnapshot", request) as AsyncIterable<DiffSnapshotResponse__Output>) found.push(part);
    return { asked, changes: found.flatMap(({ change }) => (change ? [change] : [])), last: found.at(-1)?.summary };
  };

  test("sends each change as it is found, and the sums last", async () => {
    const { asked, changes: sent, last } = await parts({ ctid: 950, from: "one" });
    expect(asked).toEqual([950, "one", { at: "now" }]);
    expect(sent).toMatchObject([
      { change: "CHANGE_KIND_ADDED", path: "/new", kind: "FILE_KIND_FILE", bytes_before: 0, bytes_after: 10 },
      { change: "CHANGE_KIND_REMOVED", path: "/old", bytes_before: 3, bytes_after: 0 },
      { change: "CHANGE_KIND_CHANGED", path: "/etc", kind: "FILE_KIND_FOLDER", detail: "mode 755 -> 700" },
      { change: "CHANGE_KIND_MOVED", path: "/b", from_path: "/a", bytes_before: 5, bytes_after: 6 },
    ]);
    expect(last).toEqual(summary);
  });

  test("sends no more than are asked for, and counts all", async () => {
    const { asked, changes: sent, last } = await parts({ ctid: 950, from: "one", to: "two", limit: 2 }, "cut");
    expect(asked[2]).toEqual({ at: "snapshot", name: "two" });
    expect(sent).toHaveLength(2);
    expect(last).toEqual({ ...summary, complete: false });
  });

  test.each<[object, string]>([
    [{ ctid: 5, from: "one" }, "ctid: expected a container's id"],
    [{ ctid: 950, from: "" }, "from: it has 0 characters"],
    [{ ctid: 950, from: "one", to: "../x" }, "to: expected a letter"],
  ])("of %j is refused", async (request, message) => {
    const { watch, fails } = await serve({});
    const stream = watch("snapshot/DiffSnapshot", request);
    const ended = new Promise((_, reject) => stream.on("error", reject));
    stream.resume();
    expect((await fails(ended)).message).toContain(message);
  });
});

describe("schedules", () => {
  const schedule = { name: "night", cron: "0 3 * * *", time_zone: "UTC", catch_up_s: 60 };
  const seen = { schedule, paused: null, fired: 1000, missed: null, next: 2000 };

  test("are listed with what they keep", async () => {
    const list = () => [
      { ...seen, of: { schedule, containers: "all", pattern: "a-%Y%m%d", keep: { count: 7, age_ms: null } } } as const,
      { ...seen, of: { schedule, containers: [950], pattern: "b-%Y%m%d", keep: { count: null, age_ms: 3_600_000 } } } as const,
    ];
    const { call } = await serve({ snapshots: { list } });
    const { schedules } = await call<{ schedules: object[] }>("snapshot/ListSnapshotSchedules");
    const at = (seconds: number) => ({ seconds, nanos: 0 });
    const shared = { ...schedule, fired_at: at(1), missed_at: null, next_at: at(2) };
    expect(schedules).toMatchObject([
      { ...shared, ctids: [], pattern: "a-%Y%m%d", keep_count: 7 },
      { ...shared, ctids: [950], pattern: "b-%Y%m%d", keep_age_s: 3600 },
    ]);
  });

  test("are run, with what can't be", async () => {
    const asked: string[] = [];
    const run = (request_id: string, name: string) => {
      asked.push(`${request_id} ${name}`);
      return Promise.resolve({ runs: [record()], refused: [plan()] });
    };
    const { call, fails } = await serve({ snapshots: { run } });
    const answer = await call<{ runs: object[]; refused: object[] }>("snapshot/RunSnapshotSchedule", { request_id: "r", name: "night" });
    expect([answer.runs.length, answer.refused.length, asked]).toEqual([1, 1, ["r night"]]);
    expect((await fails(call("snapshot/RunSnapshotSchedule", { name: "night" }))).code).toBe(status.INVALID_ARGUMENT);
  });
});
