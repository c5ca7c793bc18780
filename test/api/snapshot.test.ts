import { status } from "@grpc/grpc-js";
import type { Snapshot__Output } from "../../proto/index.ts";
import { plan, record, runId } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";
import { container, world } from "./support/world.ts";

afterEach(closeAll);

const at = (name: string) => ({ name, created: null, parent: null, description: "", run: null });

describe("ListSnapshots", () => {
  const containers = [
    container({ ctid: 951, snapshots: [at("b"), at("a")] }),
    container({ snapshots: [{ name: "final-form", created: 1_700_000_000_500, parent: "pre-configured", description: "d", run: runId }] }),
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
      created_at: { seconds: 1_700_000_000, nanos: 5e8 },
      parent: "pre-configured",
      description: "d",
      run_id: runId,
    });
    expect(snapshots[1]).toEqual({ ctid: 951, name: "b", created_at: null, parent: "", description: "", run_id: "" });
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
