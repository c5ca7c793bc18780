import { status } from "@grpc/grpc-js";
import type { Plan__Output, Run__Output } from "../../proto/types.ts";
import { refusal, streams, withAgent, type Script } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { container, ended, event, finished, plan, printed, run, runId, snapshot, started, stepBy } from "./support/samples.ts";

const blocker = {
  reason: "LOCKED",
  ctid: 950,
  message: "locked by a backup",
  remedy: "wait, or: pct unlock 950",
};

/** A run of its own for each container, told in three events. */
function runsOf(endings: Readonly<Record<number, Run__Output["state"]>>) {
  const id = (ctid: number) => `01K4A3BCDEFGHJKMNPQRST0${ctid}`;
  const runs = Object.keys(endings).map((ctid) => run({ ctid: Number(ctid), name: `c${ctid}`, id: id(Number(ctid)) }));
  const WatchRun: Script["WatchRun"] = (call) => {
    const of = runs.find(({ id: each }) => each === call.request.run_id) ?? run();
    const state = endings[of.ctid] ?? "RUN_STATE_SUCCEEDED";
    const failure = state === "RUN_STATE_FAILED" ? { reason: "EXIT_CODE", message: "exit code 3", remedy: "", step: "application" } : null;
    streams([
      event(0, "started", {}, of.id),
      event(112, "finished", { run: ended(112, { ...of, state, failure, outcome: `${of.ctid} is running, healthy.` }) }, of.id),
    ])(call);
  };
  return { runs, WatchRun };
}

describe("letsgo", () => {
  const events = [
    event(0, "created", {}),
    event(0, "started", {}),
    started(0, stepBy("application")),
    printed(3, "application", "one\ntwo\n"),
    finished(100, "application", 100),
    event(112, "finished", { run: ended(112, { outcome: "950 is running, healthy." }) }),
  ];

  test("says line by line what happens, and at the end what is true now", async () => {
    const { socket, calls } = await withAgent({ StartRun: { runs: [run()], refused: [] }, WatchRun: streams(events) });
    const { code, stdout, stderr } = await phoenixctl(["letsgo", "950", "--on-failure", "keep", "--delete-newer", "--wait"], { socket });
    expect(stdout).toMatchInlineSnapshot(`
     "14:01:00 pve1 950 -                   created   run 01K4A3BCDEFGHJKMNPQRST7QXZ
     14:01:00 pve1 950 -                   started
     14:01:00 pve1 950 application         begins    phoenix_hypervisor_lxc_vllm.sh
     14:01:03 pve1 950 application         output    one
     14:01:03 pve1 950 application         output    two
     14:02:40 pve1 950 application         done      1 m 40 s
     14:02:52 pve1 950 -                   succeeded 950 is running, healthy.

     950 is running on pve1, healthy. 1 m 52 s, 0.4 s of it Phoenix.
     "
    `);
    expect([code, stderr]).toEqual([0, ""]);
    const request = calls.find(({ method }) => method === "StartRun")?.request;
    expect(request).toMatchObject({
      wait: true,
      spec: {
        kind: "RUN_KIND_LETSGO",
        ctids: [950],
        all: false,
        options: { on_failure: "ON_FAILURE_KEEP", delete_newer: true, power: "POWER_UNSPECIFIED" },
      },
    });
  });

  test("gives each event as it comes with -o ndjson, and the final record with -o json and yaml", async () => {
    const { socket } = await withAgent({ StartRun: { runs: [run()], refused: [] }, WatchRun: streams(events) });
    const lines = (await phoenixctl(["letsgo", "950", "-o", "ndjson"], { socket })).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event: kind }) => kind)).toEqual(["created", "started", "step_started", "output", "step_finished", "finished"]);
    expect(lines[3]).toMatchObject({
      host: "pve1",
      driver: "proxmox",
      run_id: runId,
      at: "2026-11-23T13:01:03.000Z",
      step: "application",
      stream: "stdout",
      text: "one\ntwo\n",
    });
    const final = JSON.parse((await phoenixctl(["letsgo", "950", "-o", "json"], { socket })).stdout);
    expect(final).toMatchObject({
      host: "pve1",
      driver: "proxmox",
      refused: [],
      runs: [{ id: runId, kind: "letsgo", state: "succeeded", finished_at: "2026-11-23T13:02:52.000Z" }],
    });
    expect((await phoenixctl(["letsgo", "950", "-o", "yaml"], { socket })).stdout).toContain("    kind: letsgo\n");
  });

  test("leaves the run alone with --detach", async () => {
    const { socket, calls } = await withAgent({ StartRun: { runs: [run()], refused: [] } });
    const { code, stdout } = await phoenixctl(["letsgo", "950", "--detach"], { socket });
    expect([code, stdout]).toEqual([0, `letsgo of 950 on pve1 is under way: phoenixctl run watch ${runId}\n`]);
    expect(calls.map(({ method }) => method)).not.toContain("WatchRun");
  });

  test("plans and starts nothing with --dry-run", async () => {
    const { socket, calls } = await withAgent({ PlanRun: { plans: [plan()] } });
    const { code, stdout } = await phoenixctl(["letsgo", "950", "--dry-run"], { socket });
    expect(code).toBe(7);
    expect(stdout).toContain("nothing was executed");
    expect(calls.map(({ method }) => method)).toEqual(["GetHost", "PlanRun"]);
  });

  test("says every blocker with its remedy when it is refused", async () => {
    const blockers = [
      blocker,
      { reason: "SNAPSHOT_MISSING", ctid: 950, message: "there is no pre-configured", remedy: "phoenixctl orchestrate 950" },
    ];
    const { socket } = await withAgent({ StartRun: refusal(status.FAILED_PRECONDITION, "refused", { reason: "LOCKED", blockers }) });
    const { code, stdout, stderr } = await phoenixctl(["letsgo", "950"], { socket });
    expect([code, stdout]).toEqual([6, ""]);
    expect(stderr).toMatchInlineSnapshot(`
     "letsgo of 950 on pve1 is refused. Nothing was changed.
       locked            locked by a backup
                           wait, or: pct unlock 950
       snapshot missing  there is no pre-configured
                           phoenixctl orchestrate 950
     "
    `);
    const record = JSON.parse((await phoenixctl(["letsgo", "950", "-o", "json"], { socket })).stdout);
    const refused = [{ host: "pve1", kind: "letsgo", ctid: 950, blockers }];
    expect(record).toEqual({ host: "pve1", driver: "proxmox", runs: [], refused, not_begun: [] });
  });

  test.each([
    ["one failed", { 950: "RUN_STATE_FAILED" }, 0, 1],
    ["one cancelled", { 950: "RUN_STATE_CANCELLED" }, 0, 1],
    ["all done", { 950: "RUN_STATE_SUCCEEDED", 951: "RUN_STATE_SUCCEEDED" }, 0, 0],
    ["some failed", { 950: "RUN_STATE_SUCCEEDED", 951: "RUN_STATE_FAILED" }, 0, 3],
    ["some refused", { 950: "RUN_STATE_SUCCEEDED" }, 1, 3],
    ["all failed", { 950: "RUN_STATE_FAILED", 951: "RUN_STATE_FAILED" }, 0, 1],
    ["none done, some refused", { 950: "RUN_STATE_FAILED" }, 1, 1],
  ] as const)("exits by what became of the containers: %s", async (_name, endings, refusedCount, expected) => {
    const { runs, WatchRun } = runsOf(endings);
    const refused: Plan__Output[] = Array.from({ length: refusedCount }, () => plan({ ctid: 952, blockers: [blocker] }));
    const { socket } = await withAgent({ StartRun: { runs, refused }, WatchRun });
    expect((await phoenixctl(["letsgo", "950", "951", "952"], { socket })).code).toBe(expected);
  });

  test("says only what failed with --quiet", async () => {
    const { runs, WatchRun } = runsOf({ 950: "RUN_STATE_SUCCEEDED", 951: "RUN_STATE_FAILED" });
    const { socket } = await withAgent({ StartRun: { runs, refused: [] }, WatchRun });
    const { code, stdout, stderr } = await phoenixctl(["-q", "orchestrate", "--all"], { socket });
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("951 on pve1 failed");
    expect(stderr).not.toContain("950 ");
  });
});

describe("plan", () => {
  test.each([
    ["pending", [plan()], 7],
    ["nothing to do", [plan({ nothing_to_do: true })], 0],
    ["blocked", [plan(), plan({ blockers: [blocker] })], 6],
  ] as const)("%s", async (_name, plans, code) => {
    const { socket } = await withAgent({ PlanRun: { plans } });
    expect((await phoenixctl(["plan", "letsgo", "950"], { socket })).code).toBe(code);
  });

  test("takes any kind", async () => {
    const { socket, calls } = await withAgent({ PlanRun: { plans: [plan()] } });
    await phoenixctl(["plan", "restore", "950", "--snapshot", "before"], { socket });
    expect(calls.at(-1)?.request).toMatchObject({ spec: { kind: "RUN_KIND_RESTORE", ctids: [950], options: { snapshot: "before" } } });
    await phoenixctl(["plan", "orchestrate", "--all"], { socket });
    expect(calls.at(-1)?.request).toMatchObject({ spec: { kind: "RUN_KIND_ORCHESTRATE", ctids: [], all: true } });
  });
});

describe("what only looks", () => {
  test("ps says the driver of a simulated host, for people and programs", async () => {
    const sim = { hostname: "pve1", driver: "sim", version: "1" };
    const { socket } = await withAgent({ GetHost: sim, ListContainers: { containers: [container(950)] } });
    expect((await phoenixctl(["ps"], { socket })).stdout).toContain("pve1 (sim)   950  container-950  running");
    expect(JSON.parse((await phoenixctl(["ps", "--json"], { socket })).stdout)).toMatchObject({
      driver: "sim",
      containers: [{ ctid: 950, state: "running", boot_order: null }],
    });
    expect(JSON.parse((await phoenixctl(["ps", "-o", "ndjson"], { socket })).stdout)).toMatchObject({
      host: "pve1",
      driver: "sim",
      ctid: 950,
    });
  });

  test("show of a container that nobody knows", async () => {
    const { socket } = await withAgent({ ListContainers: { containers: [] } });
    const { code, stderr } = await phoenixctl(["show", "999"], { socket });
    expect([code, stderr]).toEqual([1, "there is no container 999 on pve1, and none in its manifest.\n  look   phoenixctl ps\n"]);
  });

  test("run list, run show, snapshot list, version", async () => {
    const { socket, calls } = await withAgent({
      ListRuns: { runs: [ended(112)] },
      GetRun: { run: ended(112) },
      ListSnapshots: { snapshots: [snapshot("pre-configured")] },
    });
    expect((await phoenixctl(["run", "list", "950", "--limit", "3"], { socket })).stdout).toContain("01K4…7QXZ  letsgo   950");
    expect(calls.at(-1)?.request).toMatchObject({ ctid: 950, limit: 3 });
    expect((await phoenixctl(["run", "show", "01K4…7QXZ"], { socket })).stdout).toContain("950 is running on pve1, healthy");
    expect(calls.at(-1)?.request).toEqual({ run_id: "7QXZ" });
    expect((await phoenixctl(["snapshot", "list", "950"], { socket })).stdout).toContain("pre-configured");
    expect((await phoenixctl(["version"], { socket })).stdout).toBe("phoenixctl from sources\nphoenix-agent 9.9.9 on pve1\n");
  });

  test("run logs gives what was printed, byte for byte", async () => {
    const text = "a\tb\r\u001b[31mred\n\n";
    const { socket } = await withAgent({
      GetRun: { run: run() },
      WatchRun: streams([printed(1, "application", text), printed(2, "application", "end"), event(3, "finished", { run: ended(3) })]),
    });
    const { code, stdout, stderr } = await phoenixctl(["run", "logs", "7qxz"], { socket });
    expect([code, stdout, stderr]).toEqual([0, `${text}end`, ""]);
  });

  test("run logs says it beside its output when nothing was printed", async () => {
    const { socket } = await withAgent({ GetRun: { run: run() }, WatchRun: streams([event(3, "finished", { run: ended(3) })]) });
    const { code, stdout, stderr } = await phoenixctl(["run", "logs", "7qxz"], { socket });
    expect([code, stdout, stderr]).toEqual([0, "", "run 01K4…7QXZ has printed nothing\n"]);
  });

  test("run cancel says what is going to happen", async () => {
    const { socket } = await withAgent({ CancelRun: { run: run({ state: "RUN_STATE_RUNNING" }) } });
    const { code, stdout } = await phoenixctl(["run", "cancel", "7QXZ"], { socket });
    expect(code).toBe(0);
    expect(stdout).toBe(
      "letsgo of 950 on pve1 stops at its next safe point, and the container is brought back.\n  watch   phoenixctl run watch 01K4…7QXZ\n",
    );
  });
});

test("start, stop, restart and snapshots are runs that are followed", async () => {
  const done = { run: run() };
  const { socket, calls } = await withAgent({
    StartContainer: done,
    StopContainer: done,
    RestartContainer: done,
    CreateSnapshot: done,
    RestoreSnapshot: done,
    DeleteSnapshot: done,
    WatchRun: streams([event(3, "finished", { run: ended(3) })]),
  });
  const requests = [
    [["start", "950"], "StartContainer", { ctid: 950 }],
    [["stop", "950", "--kill", "--force"], "StopContainer", { ctid: 950, kill: true, force: true }],
    [["restart", "950"], "RestartContainer", { ctid: 950, kill: false, force: false }],
    [
      ["snapshot", "create", "950", "before", "--description", "as it was"],
      "CreateSnapshot",
      { ctid: 950, name: "before", description: "as it was" },
    ],
    [
      ["snapshot", "restore", "950", "before", "--delete-newer", "--force"],
      "RestoreSnapshot",
      { ctid: 950, name: "before", delete_newer: true, force: true },
    ],
    [["snapshot", "delete", "950", "before"], "DeleteSnapshot", { ctid: 950, name: "before" }],
  ] as const;
  const results = await Promise.all(requests.map(async ([args]) => (await phoenixctl(args, { socket })).code));
  expect(results).toEqual([0, 0, 0, 0, 0, 0]);
  for (const [, method, request] of requests) expect(calls.find((call) => call.method === method)?.request).toMatchObject(request);
});
