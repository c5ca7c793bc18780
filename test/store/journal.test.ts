import { Fault } from "../../src/agent/domain/errors.ts";
import type { Journal } from "../../src/agent/domain/journal.ts";
import { fold, type RunEvent } from "../../src/agent/domain/run.ts";
import type { Store } from "../../src/agent/store/open.ts";
import { open, temporaryFolder } from "./support/folder.ts";
import { batch, finished, newRun, output, plan, started, stepFailed, stepFinished, stepStarted } from "./support/runs.ts";

let folder: string;
let store: Store;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  store = open(folder);
  journal = store.journal;
});

function reopened(): Journal {
  store.close();
  store = open(folder);
  journal = store.journal;
  return journal;
}

function reasonOf(work: () => unknown): string {
  try {
    work();
    return "nothing";
  } catch (error) {
    return error instanceof Fault ? `${error.failure.reason}: ${error.message}` : `no fault: ${String(error)}`;
  }
}

const ids = (filter: Partial<Parameters<Journal["runs"]>[0]>) =>
  journal.runs({ ctid: null, phases: [], limit: 100, before: null, ...filter }).map(({ id }) => id);

describe("create", () => {
  test("gives what it wrote, and so does a store that is opened later", () => {
    const created = journal.create(
      batch("B1", [newRun("R2", 951, [{ run: "R1", need: "success" }]), newRun("R1", 950)], {
        blobs: new Map([["hash", Buffer.from("bytes")]]),
      }),
    );
    expect(created.map(({ id }) => id)).toEqual(["R2", "R1"]);
    expect(created[0]).toEqual({
      id: "R2",
      batch: "B1",
      after: [{ run: "R1", need: "success" }],
      plan: plan(951),
      state: fold([], plan(951)),
      created: 1000,
      started: null,
      finished: null,
      touched: 1000,
      platform_ms: 0,
      away_ms: 0,
      config: null,
    });
    expect(reopened().findRequest("request of B1")).toEqual({ runs: created, refused: [] });
    expect(journal.run("R1")).toEqual(created[1]);
    expect(journal.unfinished()).toEqual(created);
    expect(Buffer.from(journal.blob("hash")).toString()).toBe("bytes");
    expect(journal.events("R1", 0, 10).map(({ event, at }) => [event.type, at])).toEqual([["created", 1000]]);
  });

  test("the same request_id is the same runs, and writes nothing", () => {
    const first = journal.create(batch("B1", [newRun("R1")]));
    expect(journal.create(batch("B2", [newRun("R2")], { request_id: "request of B1" }))).toEqual(first);
    journal.append("R1", 1001, [started]);
    expect(journal.create(batch("B3", [newRun("R3")], { request_id: "request of B1" }))).toEqual([journal.run("R1")]);
    expect(ids({})).toEqual(["R1"]);
  });

  test("a request that led to no run is known all the same", () => {
    expect(journal.findRequest("request of B1")).toBeNull();
    journal.create(batch("B1", []));
    expect(journal.findRequest("request of B1")).toEqual({ runs: [], refused: [] });
  });

  test("is done whole or not at all", () => {
    expect(reasonOf(() => journal.create(batch("B1", [newRun("R1"), newRun("R2", 951, [{ run: "unknown", need: "end" }])])))).toMatch(
      /^STORE: /,
    );
    expect(ids({})).toEqual([]);
    expect(journal.findRequest("request of B1")).toBeNull();
    journal.create(batch("B2", [newRun("R1")]));
    expect(reasonOf(() => journal.create(batch("B3", [newRun("R2"), newRun("R1")])))).toMatch(/^STORE: /);
    expect(ids({})).toEqual(["R1"]);
  });

  test("the same content in two requests is kept once", () => {
    const blobs = new Map([["hash", Buffer.from("bytes")]]);
    journal.create(batch("B1", [], { blobs }));
    journal.create(batch("B2", [], { blobs }));
    expect(Buffer.from(journal.blob("hash")).toString()).toBe("bytes");
    expect(reasonOf(() => journal.blob("none"))).toBe("STORE: the content none is not in the database");
  });
});

describe("append", () => {
  const story: readonly RunEvent[] = [
    started,
    stepStarted("one"),
    stepFinished("one", 5),
    stepStarted("two"),
    stepFailed("two"),
    { type: "cancel-requested" },
    stepStarted("back"),
    stepFinished("back", 7),
    { type: "finished", ending: "failed", outcome: "back" },
  ];

  test("what is live is what is folded from the disk, after each event", () => {
    journal.create(batch("B1", [newRun("R1")]));
    for (const [index, event] of story.entries()) {
      journal.append("R1", 2000 + index, [event]);
      const record = journal.run("R1");
      expect(record?.state).toEqual(fold(story.slice(0, index + 1), plan(950)));
      expect(reopened().run("R1")).toEqual(record);
    }
    expect(journal.run("R1")).toMatchObject({ started: 2000, finished: 2008, touched: 2008, platform_ms: 14 });
    const written = journal.events("R1", 0, 100);
    expect(written.map(({ event }) => event)).toEqual([{ type: "created" }, ...story]);
    expect(written.slice(1).map(({ run, at }) => ({ run, at }))).toEqual(story.map((_, index) => ({ run: "R1", at: 2000 + index })));
  });

  test("phases are what runs are searched by", () => {
    journal.create(batch("B1", [newRun("R1")]));
    const phaseIn = () => ["queued", "running", "undoing", "failed"].filter((phase) => ids({ phases: [phase] }).length > 0);
    const seen = story.map((event, index) => {
      journal.append("R1", index, [event]);
      return phaseIn().join();
    });
    expect(seen).toEqual(["running", "running", "running", "running", "undoing", "undoing", "undoing", "undoing", "failed"]);
    expect(journal.unfinished()).toEqual([]);
  });

  test("touched is the newest event, output included", () => {
    journal.create(batch("B1", [newRun("R1")]));
    journal.append("R1", 2000, [started]);
    journal.appendOutput("R1", 3000, [output("text")]);
    expect(journal.run("R1")?.touched).toBe(3000);
    expect(reopened().run("R1")?.touched).toBe(3000);
  });

  test("one container has one run", () => {
    journal.create(batch("B1", [newRun("R1"), newRun("R2"), newRun("R3", 951)]));
    journal.append("R1", 1, [started]);
    expect(reasonOf(() => journal.append("R2", 2, [started]))).toBe("BUSY: run R1 has container 950");
    expect(journal.run("R2")?.state.phase).toBe("queued");
    expect(journal.events("R2", 0, 10)).toHaveLength(1);
    journal.append("R3", 3, [started]);
    journal.append("R1", 4, [finished]);
    journal.append("R2", 5, [started]);
    expect(reopened().run("R2")?.state.phase).toBe("running");
  });

  test("an unknown run", () => {
    expect(reasonOf(() => journal.append("R1", 1, [started]))).toBe("NOT_FOUND: there is no run R1");
    expect(reasonOf(() => journal.appendOutput("R1", 1, [output("x")]))).toBe("NOT_FOUND: there is no run R1");
    expect(journal.run("R1")).toBeNull();
  });

  test("the ledger goes along, in the same transaction", () => {
    journal.create(batch("B1", [newRun("R1"), newRun("R2")]));
    journal.append("R1", 1, [started]);
    journal.append("R1", 2, [stepFinished("one")], {
      ctid: 950,
      action: { do: "feature", feature: "docker", where: "host", file: "f", blob: "h" },
    });
    journal.append("R1", 3, [stepFinished("two")], {
      ctid: 950,
      action: { do: "snapshot", name: "base", description: "", replace: "never" },
    });
    expect(
      reasonOf(() => journal.append("R2", 4, [started], { ctid: 950, action: { do: "application", script: "s", files: [], hash: "a" } })),
    ).toMatch(/^BUSY/);
    expect(reopened().ledgers()).toEqual(
      new Map([[950, { live: { "feature.docker": "h" }, snapshots: { base: { "feature.docker": "h" } } }]]),
    );
  });
});

test.each(["a\0b", "\uD800 \uDC00", "\u{1F600}", "\r\n\t\u2028", "' -- \" %", ""])("odd texts survive: %j", (text) => {
  const run = { ...newRun("R1"), plan: { ...plan(950), name: text } };
  journal.create(batch(`B${text}`, [run], { request_id: text }));
  journal.append("R1", 1, [{ type: "note", step: text, text }]);
  journal.appendOutput("R1", 1, [output(text, text)]);
  expect(journal.findRequest(text)?.runs).toHaveLength(1);
  expect(reopened().run("R1")?.plan.name).toBe(text);
  expect(journal.events("R1", 0, 10).map(({ event }) => event)).toEqual([
    { type: "created" },
    { type: "note", step: text, text },
    output(text, text),
  ]);
});

describe("reading", () => {
  beforeEach(() => {
    journal.create(batch("B1", [newRun("01ABCD", 950), newRun("01ABCE", 951), newRun("01XYCD", 950, [], "stop")]));
    journal.append("01ABCD", 2000, [started]);
    journal.append("01ABCD", 2500, [finished]);
    journal.append("01ABCE", 2600, [started]);
  });

  test("by the beginning or end of an id", () => {
    expect(journal.findRuns("01AB")).toEqual(["01ABCE", "01ABCD"]);
    expect(journal.findRuns("cd")).toEqual(["01XYCD", "01ABCD"]);
    expect(journal.findRuns("01ABCD")).toEqual(["01ABCD"]);
    for (const none of ["", "B", "*", "%", "_1ABCD", "01ABCDE"]) expect(journal.findRuns(none)).toEqual([]);
  });

  test("by container, phase and place", () => {
    expect(ids({})).toEqual(["01XYCD", "01ABCE", "01ABCD"]);
    expect(ids({ ctid: 950 })).toEqual(["01XYCD", "01ABCD"]);
    expect(ids({ phases: ["running", "succeeded"] })).toEqual(["01ABCE", "01ABCD"]);
    expect(ids({ ctid: 950, phases: ["queued"] })).toEqual(["01XYCD"]);
    expect(ids({ limit: 2 })).toEqual(["01XYCD", "01ABCE"]);
    expect(ids({ before: "01ABCE" })).toEqual(["01ABCD"]);
    expect(ids({ before: "unknown" })).toEqual([]);
    expect(journal.unfinished().map(({ id }) => id)).toEqual(["01ABCE", "01XYCD"]);
  });

  test("events from a place on", () => {
    const all = journal.events("01ABCD", 0, 100);
    expect(all.map(({ event }) => event.type)).toEqual(["created", "started", "finished"]);
    expect(journal.events("01ABCD", (all[0]?.seq ?? 0) + 1, 1)).toEqual([all[1]]);
    expect(journal.events("01ABCD", (all[2]?.seq ?? 0) + 1, 1)).toEqual([]);
    expect(reasonOf(() => journal.events("unknown", 0, 1))).toBe("NOT_FOUND: there is no run unknown");
  });

  test("durations of the newest runs that succeeded", () => {
    for (const [index, id] of ["A", "B", "C"].entries()) {
      journal.create(batch(id, [newRun(id)]));
      journal.append(id, 3000, [started]);
      journal.append(id, 3100 + index, [id === "B" ? { type: "finished", ending: "failed", outcome: "" } : finished]);
    }
    expect(journal.durations("start", 950, 10)).toEqual([102, 100, 500]);
    expect(journal.durations("start", 950, 2)).toEqual([102, 100]);
    expect(journal.durations("stop", 950, 10)).toEqual([]);
  });

  test("durations of each step of the same runs", () => {
    const took = (step: string, ms: number) => ({ type: "step-finished", step, detail: "", ms, platform_ms: ms }) as const;
    for (const [index, id] of ["A", "B", "C"].entries()) {
      journal.create(batch(id, [newRun(id)]));
      for (const event of [started, took("start", 10 + index), took("ready", 20 + index)]) journal.append(id, 3000, [event]);
      journal.append(id, 3100, [id === "B" ? { type: "finished", ending: "failed", outcome: "" } : finished]);
    }
    const steps = journal.stepDurations("start", 950, 2);
    expect(steps.get("start")?.toSorted()).toEqual([10, 12]);
    expect(steps.get("ready")?.toSorted()).toEqual([20, 22]);
    expect([...journal.stepDurations("stop", 950, 2)]).toEqual([]);
  });

  test("a run's story is everything but output", () => {
    journal.create(batch("A", [newRun("A")]));
    journal.append("A", 3000, [started]);
    journal.appendOutput("A", 3001, [{ type: "output", step: "start", stream: "stdout", text: "hello\n", dropped: 0 }]);
    expect(journal.story("A").map(({ event }) => event.type)).toEqual(["created", "started"]);
  });

  test("what the agent was away for counts from the beginning of the step that was cut off", () => {
    journal.create(batch("A", [newRun("A")]));
    journal.append("A", 3000, [started]);
    journal.append("A", 3100, [{ type: "step-started", step: "start", attempt: 1 }]);
    journal.append("A", 9000, [{ type: "resumed", away_since: 3500, step: "start", decision: "repeat", why: "" }]);
    journal.append("A", 9500, [{ type: "resumed", away_since: 9000, step: "", decision: "none", why: "" }]);
    expect(journal.run("A")?.away_ms).toBe(5900 + 500);
  });
});
