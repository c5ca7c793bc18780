// What events mean, and what is next. A state is told in words: phase, step under way, queue, and what has become of the run.
import { fold, initial, next, apply, cancelStrikes, hasEnded, type RunEvent, type RunState } from "../../src/agent/domain/run.ts";
import type { Plan } from "../../src/agent/domain/plan.ts";
import type { Action, IfStopped, Step } from "../../src/agent/domain/step.ts";
import type { Reason } from "../../src/agent/domain/errors.ts";

function step(id: string, if_stopped: IfStopped, action: Action = { do: "start" }, again: readonly Step[] = []): Step {
  return { id, title: id, detail: "", action, timeout_s: 60, attempts: 3, backoff_s: 2, if_stopped, again };
}

const clean = [step("again.restore", "undo"), step("again.start", "undo")];
const plan: Plan = {
  request: { kind: "letsgo", ctid: 950, on_failure: "manifest", newer: "keep" },
  name: "vllm",
  steps: [
    step("preflight", "leave", { do: "preflight" }),
    step("delete", "leave"),
    step("restore", "undo"),
    step("application", "undo", { do: "start" }, clean),
    step("running", "commit"),
  ],
  undo: [step("undo.restore", "leave"), step("undo.start", "leave")],
  blockers: [],
  warnings: [],
  after: [],
};

const created: RunEvent = { type: "created" };
const started: RunEvent = { type: "started" };
const cancelled: RunEvent = { type: "cancel-requested" };
const begin = (id: string, attempt = 1): RunEvent => ({ type: "step-started", step: id, attempt });
const done = (id: string): RunEvent => ({ type: "step-finished", step: id, detail: "", ms: 1, platform_ms: 1 });
const fail = (id: string, reason: Reason = "EXIT_CODE", retried = false): RunEvent => {
  const failure = { reason, message: `${id} failed`, remedy: "", transient: retried };
  return { type: "step-failed", step: id, failure, ms: 1, platform_ms: 1, retried };
};
const resumed = (id: string, decision: "none" | "repeat" | "again"): RunEvent => {
  return { type: "resumed", away_since: 0, step: id, decision, why: "" };
};
const finished = (ending: "succeeded" | "failed" | "cancelled" | "skipped"): RunEvent => ({ type: "finished", ending, outcome: "over" });
const steps = (...ids: readonly string[]) => ids.flatMap((id) => [begin(id), done(id)]);

const inRestore = [created, started, ...steps("preflight", "delete"), begin("restore")];
const inApplication = [...inRestore, done("restore"), begin("application")];
const inCommit = [...inApplication, done("application"), begin("running")];
const inUndo = [...inApplication, fail("application"), begin("undo.restore")];

function told(state: RunState): string {
  const { phase, current, queue, cancel, failure, undo_failure, undo, touched } = state;
  return [
    phase,
    ...(current === null ? [] : [`${current.step.id} ${current.state} ${current.attempt}`]),
    `[${queue.map(({ id }) => id).join(" ")}]`,
    ...(cancel === "none" ? [] : ["cancel"]),
    ...(failure === null ? [] : [`failed at ${failure.step}`]),
    ...(undo_failure === null ? [] : [`undo failed at ${undo_failure.step}`]),
    ...(undo === "unarmed" ? [] : [undo]),
    ...(touched ? ["touched"] : []),
  ].join(", ");
}

function says(state: RunState): string {
  const todo = next(state);
  if (todo.do === "step") return `step ${todo.step.id}, attempt ${todo.attempt}${todo.wait_s > 0 ? ` after ${todo.wait_s} s` : ""}`;
  if (todo.do === "strike") return `strike ${todo.step.id}`;
  return todo.do === "finish" ? `finish ${todo.ending}` : todo.do;
}

const all = "preflight delete restore application running";

test.each<readonly [string, readonly RunEvent[], string, string]>([
  ["nothing has happened", [], `queued, [${all}]`, "begin"],
  ["it was written down", [created], `queued, [${all}]`, "begin"],
  ["it was cancelled in the queue", [created, cancelled], `queued, [${all}], cancel`, "finish cancelled"],
  ["it has begun", [created, started], `running, [${all}]`, "step preflight, attempt 1"],
  [
    "looking touches nothing",
    [created, started, begin("preflight")],
    `running, preflight acting 1, [${all}]`,
    "step preflight, attempt 2 after 2 s",
  ],
  [
    "anything else does",
    [created, started, ...steps("preflight"), begin("delete")],
    "running, delete acting 1, [delete restore application running], touched",
    "step delete, attempt 2 after 2 s",
  ],
  [
    "what can be undone arms the undo",
    inRestore,
    "running, restore acting 1, [restore application running], armed, touched",
    "step restore, attempt 2 after 2 s",
  ],
  ["a step is done", [...inRestore, done("restore")], "running, [application running], armed, touched", "step application, attempt 1"],
  [
    "output and notes change nothing",
    [
      ...inRestore,
      { type: "output", step: "restore", stream: "stdout", text: "x", dropped: 0 },
      { type: "note", step: "restore", text: "x" },
    ],
    "running, restore acting 1, [restore application running], armed, touched",
    "step restore, attempt 2 after 2 s",
  ],
  [
    "it fails and is tried again",
    [...inRestore, fail("restore", "LOCKED", true)],
    "running, restore waiting 1, [restore application running], armed, touched",
    "step restore, attempt 2 after 2 s",
  ],
  [
    "the second try",
    [...inRestore, fail("restore", "LOCKED", true), begin("restore", 2)],
    "running, restore acting 2, [restore application running], armed, touched",
    "step restore, attempt 3 after 2 s",
  ],
  [
    "the second try fails for good",
    [...inRestore, fail("restore", "LOCKED", true), begin("restore", 2), fail("restore", "LOCKED")],
    "undoing, [undo.restore undo.start], failed at restore, used, touched",
    "step undo.restore, attempt 1",
  ],
  [
    "the preflight fails",
    [created, started, begin("preflight"), fail("preflight", "LOCKED")],
    "running, [], failed at preflight",
    "finish failed",
  ],
  [
    "a step fails before there is anything to undo",
    [created, started, ...steps("preflight"), begin("delete"), fail("delete")],
    "running, [], failed at delete, touched",
    "finish failed",
  ],
  [
    "a step fails that is undone",
    [...inApplication, fail("application")],
    "undoing, [undo.restore undo.start], failed at application, used, touched",
    "step undo.restore, attempt 1",
  ],
  [
    "a step fails after the point of no return",
    [...inCommit, fail("running")],
    "running, [], failed at running, armed, touched",
    "finish failed",
  ],
  [
    "it is brought back",
    [...inUndo, done("undo.restore"), ...steps("undo.start")],
    "undoing, [], failed at application, used, touched",
    "finish failed",
  ],
  [
    "bringing it back fails too",
    [...inUndo, fail("undo.restore", "LOCKED")],
    "undoing, [], failed at application, undo failed at undo.restore, used, touched",
    "finish failed",
  ],
  [
    "bringing it back is tried again",
    [...inUndo, fail("undo.restore", "LOCKED", true)],
    "undoing, undo.restore waiting 1, [undo.restore undo.start], failed at application, used, touched",
    "step undo.restore, attempt 2 after 2 s",
  ],
  ["everything is done", [...inCommit, done("running")], "running, [], armed, touched", "finish succeeded"],
  ["it has ended", [...inCommit, done("running"), finished("succeeded")], "succeeded, [], armed, touched", "nothing"],
  ["it was skipped", [created, finished("skipped")], "skipped, []", "nothing"],

  ["cancel before the first step", [created, started, cancelled], `running, [${all}], cancel`, "strike preflight"],
  [
    "cancel between steps",
    [...inRestore, done("restore"), cancelled],
    "running, [application running], cancel, armed, touched",
    "strike application",
  ],
  [
    "the strike is what the step fails of",
    [...inRestore, done("restore"), cancelled, fail("application", "CANCELLED")],
    "undoing, [undo.restore undo.start], cancel, failed at application, used, touched",
    "step undo.restore, attempt 1",
  ],
  [
    "and when it has been brought back, it was cancelled",
    [...inApplication, cancelled, fail("application", "CANCELLED"), ...steps("undo.restore", "undo.start")],
    "undoing, [], cancel, failed at application, used, touched",
    "finish cancelled",
  ],
  [
    "cancel in a step that is done all the same",
    [...inApplication, cancelled, done("application")],
    "running, [running], cancel, armed, touched",
    "step running, attempt 1",
  ],
  [
    "cancel where a step waits to be tried again",
    [...inRestore, fail("restore", "LOCKED", true), cancelled],
    "running, restore waiting 1, [restore application running], cancel, armed, touched",
    "strike restore",
  ],
  [
    "cancel after the point of no return",
    [...inCommit, cancelled],
    "running, running acting 1, [running], cancel, armed, touched",
    "step running, attempt 2 after 2 s",
  ],
  [
    "cancel while it is brought back",
    [...inUndo, cancelled],
    "undoing, undo.restore acting 1, [undo.restore undo.start], cancel, failed at application, used, touched",
    "step undo.restore, attempt 2 after 2 s",
  ],
  [
    "cancel before anything was touched",
    [created, started, cancelled, fail("preflight", "CANCELLED")],
    "running, [], cancel, failed at preflight",
    "finish cancelled",
  ],
  [
    "it fails of something else while it is cancelled",
    [...inCommit, cancelled, fail("running")],
    "running, [], cancel, failed at running, armed, touched",
    "finish failed",
  ],

  [
    "taken up again between steps",
    [...inRestore, done("restore"), resumed("", "none")],
    "running, [application running], armed, touched",
    "step application, attempt 1",
  ],
  [
    "taken up again in a step that is repeated",
    [...inRestore, resumed("restore", "repeat")],
    "running, [restore application running], armed, touched",
    "step restore, attempt 1",
  ],
  [
    "taken up again in a step that stands on something",
    [...inApplication, resumed("application", "again")],
    "running, [again.restore again.start application running], armed, touched",
    "step again.restore, attempt 1",
  ],
  [
    "and again in what it stands on",
    [...inApplication, resumed("application", "again"), begin("again.restore"), resumed("again.restore", "repeat")],
    "running, [again.restore again.start application running], armed, touched",
    "step again.restore, attempt 1",
  ],
  [
    "failing in what it stands on is undone",
    [...inApplication, resumed("application", "again"), begin("again.restore"), fail("again.restore")],
    "undoing, [undo.restore undo.start], failed at again.restore, used, touched",
    "step undo.restore, attempt 1",
  ],
  [
    "taken up again where it waits to be tried again",
    [...inRestore, fail("restore", "LOCKED", true), resumed("restore", "repeat")],
    "running, [restore application running], armed, touched",
    "step restore, attempt 1",
  ],
  [
    "taken up again while it is brought back",
    [...inUndo, resumed("undo.restore", "repeat")],
    "undoing, [undo.restore undo.start], failed at application, used, touched",
    "step undo.restore, attempt 1",
  ],
  ["taken up again in the queue", [created, resumed("", "none")], `queued, [${all}]`, "begin"],
])("%s", (_words, events, state, todo) => {
  const after = fold(events, plan);
  expect(told(after)).toBe(state);
  expect(says(after)).toBe(todo);
});

test("a plan without undo steps is left as a failure leaves it", () => {
  const bare = { ...plan, undo: [] };
  expect(told(fold([...inApplication, fail("application")], bare))).toBe("running, [], failed at application, armed, touched");
});

test("an event of another step than the one whose turn it is does not begin it", () => {
  expect(told(fold([created, started, begin("restore")], plan))).toBe(`running, [${all}]`);
});

test("cancel strikes while it runs and nothing is committed, and never else", () => {
  const [first, , , , last] = plan.steps;
  if (first === undefined || last === undefined) throw new Error("the plan of this test has five steps");
  const running = fold([created, started, cancelled], plan);
  expect(cancelStrikes(running, first)).toBe(true);
  expect(cancelStrikes(running, last)).toBe(false);
  expect(cancelStrikes(fold([created, started], plan), first)).toBe(false);
  expect(cancelStrikes(fold([...inUndo, cancelled], plan), first)).toBe(false);
});

test("the outcome is kept", () => {
  expect(fold([created, finished("skipped")], plan).outcome).toBe("over");
});

test.each(["queued", "running", "undoing", "succeeded", "failed", "cancelled", "skipped"] as const)("%s: ended or not", (phase) => {
  const state = { ...initial(plan), phase };
  expect(hasEnded(state)).toBe(!["queued", "running", "undoing"].includes(phase));
  expect(next(state).do === "nothing").toBe(hasEnded(state));
});

describe("every event in every phase", () => {
  const phases: Readonly<Record<string, readonly RunEvent[]>> = {
    queued: [created],
    running: [created, started],
    "in a step": inApplication,
    undoing: inUndo,
    succeeded: [...inCommit, done("running"), finished("succeeded")],
    failed: [created, started, begin("preflight"), fail("preflight"), finished("failed")],
  };
  const events: readonly RunEvent[] = [
    created,
    started,
    begin("application"),
    { type: "output", step: "application", stream: "stderr", text: "x", dropped: 0 },
    { type: "note", step: "application", text: "x" },
    done("application"),
    fail("application"),
    fail("application", "LOCKED", true),
    resumed("application", "none"),
    resumed("application", "repeat"),
    resumed("application", "again"),
    cancelled,
    finished("failed"),
  ];
  const pairs = Object.keys(phases).flatMap((phase) => events.map((event) => ({ phase, type: event.type, event })));

  test.each(pairs)(
    "$phase: $type is taken, the state that was is left alone, and there is something to do next, or nothing",
    ({ phase, event }) => {
      const before = fold(phases[phase] ?? [], plan);
      const copy = structuredClone(before);
      const after = apply(before, event, plan);
      expect(before).toEqual(copy);
      expect(() => next(after)).not.toThrow();
      expect(after.queue.every(({ id }) => id.length > 0)).toBe(true);
    },
  );
});
