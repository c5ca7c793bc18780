import { status } from "@grpc/grpc-js";
import { readSpec } from "../../src/agent/api/run-spec.ts";
import type { RunOptions__Output, RunSpec__Output } from "../../proto/index.ts";
import { runId } from "./support/runs.ts";
import { closeAll, serve, type Served } from "./support/serve.ts";

// One server for the whole table: everything is refused before any part of it is asked.
let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(closeAll);

const id = '"a b"';
const ids = "expected 1 to 64 printable characters without spaces";
const ctids = "expected a container's id, 100 to 999999999";
const runs = "expected a run's id, or 4 characters or more of its beginning or end";
const run = { request_id: "r", ctid: 950 };
const spec = (over: object) => ({ request_id: "r", spec: { kind: "RUN_KIND_LETSGO", ctids: [950], ...over } });

test.each<[string, object, string]>([
  ["orchestration/StartRun", { ...spec({}), request_id: "a b" }, `request_id: ${ids}, got ${id}`],
  ["orchestration/StartRun", { ...spec({}), request_id: "" }, `request_id: ${ids}, got ""`],
  ["orchestration/StartRun", { ...spec({}), request_id: "x".repeat(65) }, `request_id: ${ids}, got "${"x".repeat(65)}"`],
  ["orchestration/StartRun", { ...spec({}), request_id: "a\nb" }, `request_id: ${ids}, got "a\\nb"`],
  ["orchestration/StartRun", spec({ ctids: [] }), 'spec.ctids: expected at least one container, got "none"'],
  ["orchestration/StartRun", spec({ ctids: [99, 950, 1e9] }), `spec.ctids: ${ctids}, got 99; spec.ctids: ${ctids}, got 1000000000`],
  ["orchestration/StartRun", spec({ ctids: [950, 951, 950] }), 'spec.ctids: expected each container once, got "950 twice"'],
  ["orchestration/StartRun", spec({ all: true, ctids: [] }), "spec.all: expected false, since letsgo wants its containers named, got true"],
  ["orchestration/StartRun", spec({ kind: "RUN_KIND_ORCHESTRATE", all: true }), "spec.ctids: expected none beside all, got 950"],
  [
    "orchestration/StartRun",
    spec({ options: { rebaseline: true, kill: true } }),
    "options.rebaseline: expected nothing, since it does not concern letsgo, got true; options.kill: expected nothing, since it does not concern letsgo, got true",
  ],
  ["orchestration/GetRun", { run_id: "abc" }, `run_id: ${runs}, got "abc"`],
  ["orchestration/GetRun", { run_id: "abc%" }, `run_id: ${runs}, got "abc%"`],
  ["orchestration/CancelRun", { run_id: "" }, `run_id: ${runs}, got ""`],
  ["orchestration/ListRuns", { ctid: 5 }, `ctid: ${ctids}, got 5`],
  ["orchestration/ListRuns", { limit: 1001 }, "limit: expected 1 to 1000, or 0 for the usual, got 1001"],
  ["orchestration/ListRuns", { before_run_id: "x" }, `before_run_id: ${runs}, got "x"`],
  ["orchestration/ListRuns", { states: ["RUN_STATE_UNSPECIFIED"] }, 'states: expected states of runs, got "RUN_STATE_UNSPECIFIED"'],
  ["orchestration/ListRuns", { states: [99] }, "states: expected states of runs, got 99"],
  ["snapshot/ListSnapshots", { ctid: 99 }, `ctid: ${ctids}, got 99`],
  ["snapshot/CreateSnapshot", { ...run, name: "a b" }, `name: expected a letter, then letters, digits, _ or -, got ${id}`],
  ["snapshot/CreateSnapshot", { ...run, name: "a".repeat(41) }, `name: it has 41 characters, expected 2 to 40, got "${"a".repeat(41)}"`],
  ["snapshot/CreateSnapshot", { ...run, name: "current" }, 'name: "current" is a name that Proxmox keeps for itself, got "current"'],
  [
    "snapshot/CreateSnapshot",
    { ...run, name: "ok", description: "two\nlines" },
    'description: expected one line of at most 200 characters, got "two\\nlines"',
  ],
  [
    "snapshot/CreateSnapshot",
    { request_id: "", ctid: 0, name: "x" },
    `request_id: ${ids}, got ""; ctid: ${ctids}, got 0; name: it has 1 characters, expected 2 to 40, got "x"`,
  ],
  ["snapshot/RestoreSnapshot", { ...run, name: "" }, 'name: it has 0 characters, expected 2 to 40, got ""'],
  ["snapshot/DeleteSnapshot", { ...run, name: "-a" }, 'name: expected a letter, then letters, digits, _ or -, got "-a"'],
  ["host/ListContainers", { ctid: 1 }, `ctid: ${ctids}, got 1`],
  ["host/StartContainer", { ...run, ctid: 0 }, `ctid: ${ctids}, got 0`],
  ["host/StopContainer", { ...run, request_id: "ü" }, `request_id: ${ids}, got "ü"`],
  ["host/RestartContainer", { request_id: "r", ctid: 1e9 }, `ctid: ${ctids}, got 1000000000`],
])("%s refuses %j", async (method, request, message) => {
  const failed = await served.fails(served.call(method, request));
  expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, message, report: { reason: "INVALID", message } });
});

test("long values are cut, so that the message stays a line", async () => {
  const { message } = await served.fails(served.call("orchestration/GetRun", { run_id: "x".repeat(5000) }));
  expect(message).toBe(`run_id: ${runs}, got "${"x".repeat(79)}… (5002 characters)`);
});

test("WatchRun refuses what is no run", async () => {
  const stream = served.watch("orchestration/WatchRun", { run_id: "x" });
  const ended = new Promise((_, reject) => stream.on("error", reject));
  stream.resume();
  expect((await served.fails(ended)).message).toBe(`run_id: ${runs}, got "x"`);
});

test("a number that JavaScript can't hold is refused rather than rounded", async () => {
  const stream = served.watch("orchestration/WatchRun", { run_id: runId, from_seq: 2 ** 60 });
  const ended = new Promise((_, reject) => stream.on("error", reject));
  stream.resume();
  expect((await served.fails(ended)).message).toBe("from_seq: expected a sequence number, got 1152921504606847000");
});

const unset: RunOptions__Output = {
  on_failure: "ON_FAILURE_UNSPECIFIED",
  power: "POWER_UNSPECIFIED",
  rebaseline: false,
  delete_newer: false,
  snapshot: "",
  description: "",
  kill: false,
  force: false,
  source: 0,
  start: false,
  make_room: false,
};
const asked = (kind: string, options: Partial<RunOptions__Output> = {}): RunSpec__Output => ({
  kind: kind as RunSpec__Output["kind"],
  ctids: [950],
  all: false,
  options: { ...unset, ...options },
});

describe("a RunSpec", () => {
  test.each<[string, Partial<RunOptions__Output>, object]>([
    ["RUN_KIND_ORCHESTRATE", {}, { kind: "orchestrate", on_failure: "manifest", power: "manifest", baseline: "keep" }],
    [
      "RUN_KIND_ORCHESTRATE",
      { on_failure: "ON_FAILURE_KEEP", power: "POWER_ON", rebaseline: true },
      { kind: "orchestrate", on_failure: "keep", power: "on", baseline: "replace" },
    ],
    [
      "RUN_KIND_RECONFIGURE",
      { power: "POWER_OFF", delete_newer: true },
      { kind: "reconfigure", on_failure: "manifest", power: "off", newer: "delete" },
    ],
    ["RUN_KIND_RECONFIGURE", { power: "POWER_AUTO" }, { kind: "reconfigure", on_failure: "manifest", power: "auto", newer: "keep" }],
    ["RUN_KIND_LETSGO", { on_failure: "ON_FAILURE_RESTORE" }, { kind: "letsgo", on_failure: "restore", newer: "keep" }],
    ["RUN_KIND_SNAPSHOT", { snapshot: "mine", description: "d" }, { kind: "snapshot", snapshot: "mine", description: "d" }],
    ["RUN_KIND_RESTORE", { snapshot: "mine", delete_newer: true }, { kind: "restore", snapshot: "mine", newer: "delete" }],
    ["RUN_KIND_DELETE", { snapshot: "mine" }, { kind: "delete", snapshot: "mine" }],
    ["RUN_KIND_CLONE", { source: 951 }, { kind: "clone", source: 951, of: { at: "now" }, power: "off" }],
    [
      "RUN_KIND_CLONE",
      { source: 951, snapshot: "mine", start: true },
      { kind: "clone", source: 951, of: { at: "snapshot", name: "mine" }, power: "on" },
    ],
    ["RUN_KIND_START", {}, { kind: "start" }],
    ["RUN_KIND_STOP", { kill: true }, { kind: "stop", how: "kill" }],
    ["RUN_KIND_STOP", { force: true }, { kind: "stop", how: "graceful", force: true }],
    ["RUN_KIND_START", { force: true, make_room: true }, { kind: "start", force: true, make_room: true }],
    ["RUN_KIND_RESTART", {}, { kind: "restart", how: "graceful" }],
  ])("%s with %j is understood", (kind, options, wish) => {
    expect(readSpec(asked(kind, options))).toEqual({ wish, targets: [950] });
  });

  test("without options means none", () => {
    expect(readSpec({ ...asked("RUN_KIND_START"), options: null })).toEqual({ wish: { kind: "start" }, targets: [950] });
  });

  test.each<[string, RunSpec__Output | null, string]>([
    ["that is missing", null, 'got "nothing"'],
    ["of no kind", asked("RUN_KIND_UNSPECIFIED"), 'got "RUN_KIND_UNSPECIFIED"'],
    ["of a kind of tomorrow", asked(77 as unknown as string), "got 77"],
    [
      "with an on_failure of tomorrow",
      asked("RUN_KIND_LETSGO", { on_failure: 9 as never }),
      "options.on_failure: expected one of ON_FAILURE",
    ],
    ["with a power of tomorrow", asked("RUN_KIND_ORCHESTRATE", { power: 9 as never }), "options.power: expected one of POWER"],
    ["of a clone of nothing", asked("RUN_KIND_CLONE"), "options.source: expected a container's id"],
    [
      "of two clones",
      { ...asked("RUN_KIND_CLONE", { source: 949 }), ctids: [950, 951] },
      "expected the number of one new container, got 2",
    ],
    ["of a clone of no such name", asked("RUN_KIND_CLONE", { source: 949, snapshot: "a b" }), "options.snapshot: expected a letter"],
    ["that needs a snapshot", asked("RUN_KIND_DELETE"), "options.snapshot: it has 0 characters"],
    [
      "with too many containers",
      { ...asked("RUN_KIND_START"), ctids: Array.from({ length: 1001 }, (_, i) => 100 + i) },
      "expected at most 1000, got 1001",
    ],
  ])("%s is refused", (_, spec, words) => {
    expect(() => readSpec(spec)).toThrow(words);
  });

  // Which option concerns which kind, as the contract says it; every other pair is refused.
  const concerned: Record<string, string[]> = {
    on_failure: ["ORCHESTRATE", "RECONFIGURE", "LETSGO"],
    power: ["ORCHESTRATE", "RECONFIGURE"],
    rebaseline: ["ORCHESTRATE"],
    delete_newer: ["RECONFIGURE", "LETSGO", "RESTORE"],
    snapshot: ["SNAPSHOT", "RESTORE", "DELETE", "CLONE"],
    description: ["SNAPSHOT"],
    kill: ["STOP", "RESTART"],
    source: ["CLONE"],
    start: ["CLONE"],
    force: ["ORCHESTRATE", "RECONFIGURE", "LETSGO", "RESTORE", "START", "STOP", "RESTART"],
    make_room: ["ORCHESTRATE", "RECONFIGURE", "LETSGO", "START"],
  };
  const set: RunOptions__Output = {
    on_failure: "ON_FAILURE_KEEP",
    power: "POWER_ON",
    rebaseline: true,
    delete_newer: true,
    snapshot: "mine",
    description: "d",
    kill: true,
    force: true,
    source: 950,
    start: true,
    make_room: true,
  };
  const kinds = ["ORCHESTRATE", "RECONFIGURE", "LETSGO", "SNAPSHOT", "RESTORE", "DELETE", "START", "STOP", "RESTART"];
  const pairs = Object.keys(concerned).flatMap((option) => kinds.map((kind) => [option, kind, concerned[option]!.includes(kind)] as const));
  test.each(pairs)("%s with %s: %s", (option, kind, isConcerned) => {
    const options = { ...(concerned["snapshot"]!.includes(kind) ? { snapshot: "mine" } : {}), [option]: set[option as keyof typeof set] };
    const read = () => readSpec(asked(`RUN_KIND_${kind}`, options));
    if (isConcerned) expect(read).not.toThrow();
    else expect(read).toThrow(`options.${option}: expected nothing, since it does not concern ${kind.toLowerCase()}`);
  });
});
