// The store refuses to write, for a while: nothing is done that is not in the journal, and everything goes on when it can.
import { Fault } from "../../src/agent/domain/errors.ts";
import type { Journal } from "../../src/agent/domain/journal.ts";
import { cameTo, doneSteps, story, wish, type Bench, type Life } from "./support/bench.ts";
import { ctid, script, settled } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

/** A journal that is full when it is told to be. */
function fillable(): { readonly wrap: (journal: Journal) => Journal; full: boolean; refused: number } {
  const disk = {
    full: false,
    refused: 0,
    wrap: (journal: Journal): Journal => {
      const write =
        <A extends readonly unknown[], R>(method: (...args: A) => R) =>
        (...args: A): R => {
          if (!disk.full) return method(...args);
          disk.refused += 1;
          throw new Fault("STORE", "no space left", "", "transient");
        };
      return { ...journal, create: write(journal.create), append: write(journal.append), appendOutput: write(journal.appendOutput) };
    },
  };
  return disk;
}

test("the outcome of a step and the intent of the next one are one write: the disk is waited for once for each step", async () => {
  host = await settled();
  const writes: string[] = [];
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (id, at, events, done) => {
      writes.push(events.map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type)).join(", "));
      journal.append(id, at, events, done);
    },
  });
  const { run } = host.live({ journal: wrap });
  const ids = (await run(ctid, wish.letsgo)).plan.steps.map(({ id }) => id);
  const between = ids.slice(1).map((id, index) => `step-finished ${ids[index]}, step-started ${id}`);
  expect(writes).toEqual([`started, step-started ${ids[0]}`, ...between, `step-finished ${ids.at(-1)}`, "finished"]);
});

test.each([1, 2, 3, 5, 8, 10])("at write %i, three times: waited out", async (nth) => {
  host = await settled();
  let writes = 0;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (...args) => {
      writes += 1;
      if (writes >= nth && writes < nth + 3) throw new Fault("STORE", "no space left", "", "transient");
      return journal.append(...args);
    },
  });
  const { run, journal, logged } = host.live({ journal: wrap });
  const record = await run(ctid, wish.letsgo);
  expect(cameTo(record)).toContain("succeeded");
  expect(doneSteps(journal, record.id)).toEqual(record.plan.steps.map(({ id }) => id));
  expect(logged.filter((line) => line.startsWith("error the journal can't be written"))).toHaveLength(1);
});

test("a request is refused while it can't be written down, and can be made again", async () => {
  host = await settled();
  const disk = fillable();
  const { orchestrator, ended, driver } = host.live({ journal: disk.wrap });
  disk.full = true;
  await expect(orchestrator.start("id", wish.letsgo, [ctid], "refuse")).rejects.toMatchObject({ failure: { reason: "STORE" } });
  expect(driver.calls()).toEqual([]);
  disk.full = false;
  const { runs } = await orchestrator.start("id", wish.letsgo, [ctid], "refuse");
  expect((await ended(runs[0]?.id ?? "")).state.phase).toBe("succeeded");
});

/** A letsgo until its script runs, on a disk that is full from then on. */
async function fullInScript(): Promise<{ disk: ReturnType<typeof fillable>; life: Life; run: string }> {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: sleep 5\n`;
  const disk = fillable();
  const life = host.live({ journal: disk.wrap });
  const run = await life.begin(ctid, wish.letsgo);
  for await (const { event } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-started" && event.step === "application") break;
  }
  disk.full = true;
  return { disk, life, run };
}

async function refusals(disk: { readonly refused: number }, count: number): Promise<void> {
  while (disk.refused < count) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("a step that is done waits to be written down, and nothing is done before", async () => {
  const { disk, life, run } = await fullInScript();
  await refusals(disk, 20);
  expect(life.driver.calls().at(-1)).toMatchObject({ call: "runInside", what: { folder: "/tmp/phoenix_run" } });
  disk.full = false;
  expect(cameTo(await life.ended(run))).toContain("succeeded");
});

test("an agent that is told to end then does so, and its next life finds the truth", async () => {
  const { disk, life, run } = await fullInScript();
  await refusals(disk, 20);
  const closed = life.orchestrator.close();
  disk.full = false;
  await closed;
  expect(story(life.journal, run).filter((line) => line.startsWith("failed"))).toEqual([]);
  const next = host.live();
  await next.orchestrator.recover();
  expect(cameTo(await next.ended(run))).toContain("succeeded");
  expect(host.layers(ctid).filter((layer) => layer === "run 950.sh")).toHaveLength(1);
});

test("a cancel that can't be written down is refused; one that can, and whose run can't be ended at once, holds", async () => {
  const { disk, life, run } = await fullInScript();
  expect(() => life.orchestrator.cancel(run)).toThrow("no space left");
  disk.full = false;
  const { runs } = await life.orchestrator.start("next", wish.stop, [ctid], "queue");
  const next = runs[0]?.id ?? "";
  const append = life.journal.append;
  expect(append).toBeDefined();
  life.orchestrator.cancel(next);
  expect((await life.ended(next)).state.phase).toBe("cancelled");
  expect((await life.ended(run)).state.phase).toBe("succeeded");
});

test("a queue that can't be written is looked at again by itself", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: sleep 5\n`;
  let refuse = 0;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (id, at, events, done) => {
      if (events.some((event) => event.type === "finished" && event.ending === "cancelled") && refuse < 3) {
        refuse += 1;
        throw new Fault("STORE", "no space left", "", "transient");
      }
      journal.append(id, at, events, done);
    },
  });
  const life = host.live({ journal: wrap });
  await life.begin(ctid, wish.letsgo);
  const { runs } = await life.orchestrator.start("next", wish.stop, [ctid], "queue");
  const next = runs[0]?.id ?? "";
  expect(life.orchestrator.cancel(next).state).toMatchObject({ phase: "queued", cancel: "requested" });
  expect((await life.ended(next)).state.phase).toBe("cancelled");
  expect(refuse).toBe(3);
});

test("output that can't be kept at once is kept later, and the oldest of it is lost where that is too much", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}${"# sim: print 60000 lines\n".repeat(4)}# sim: echo last\n`;
  let refuse = true;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (id, at, events, done) => {
      if (events.some((event) => event.type === "step-finished" && event.step === "application") && refuse) {
        refuse = false;
        throw new Fault("STORE", "no space left", "", "transient");
      }
      journal.append(id, at, events, done);
    },
    appendOutput: (id, at, events) => {
      if (refuse) throw new Fault("STORE", "no space left", "", "transient");
      journal.appendOutput(id, at, events);
    },
  });
  const { run, journal, logged } = host.live({ journal: wrap });
  const record = await run(ctid, wish.letsgo);
  expect(cameTo(record)).toContain("succeeded");
  const output = journal
    .events(record.id, 0, 1_000_000)
    .flatMap(({ event }) => (event.type === "output" && event.step === "application" ? [event] : []));
  const kept = output.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const lost = output.reduce((sum, { dropped }) => sum + dropped, 0);
  const printed = Array.from({ length: 60_000 }, (_, index) => `line ${index + 1}\n`).join("").length * 4 + "working\nlast\n".length;
  expect([kept > 500_000, lost > 0, kept + lost]).toEqual([true, true, printed]);
  expect(output.at(-1)?.text).toMatch(/last\n$/);
  expect(logged.filter((line) => line.includes("output is not kept"))).toHaveLength(1);
});

test("output that can't be kept is lost, and the run is not", async () => {
  host = await settled();
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    appendOutput: () => {
      throw new Fault("STORE", "no space left", "", "transient");
    },
  });
  const { run, logged } = host.live({ journal: wrap });
  expect(cameTo(await run(ctid, wish.letsgo))).toContain("succeeded");
  expect(logged).toContainEqual("warn output is not kept as long as the journal can't be written: no space left");
});

test("a note that can't be kept is lost, and the run is not", async () => {
  host = await settled();
  host.scripts["950.sh"] = `${script}# sim: hold\n`;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (id, at, events, done) => {
      if (events.some(({ type }) => type === "note")) throw new Fault("STORE", "no space left", "", "transient");
      journal.append(id, at, events, done);
    },
  });
  const { run, logged } = host.live({ journal: wrap });
  expect(cameTo(await run(ctid, wish.letsgo))).toContain("succeeded");
  expect(logged).toContainEqual("warn a note is not kept: no space left");
});

test("a defect of the journal's is waited for as well, and never turns into a hot loop", async () => {
  host = await settled();
  let thrown = 0;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: (id, at, events, done) => {
      if (events.some(({ type }) => type === "step-finished") && thrown < 5) {
        thrown += 1;
        throw new TypeError("undefined is not a function");
      }
      journal.append(id, at, events, done);
    },
  });
  const { run } = host.live({ journal: wrap });
  expect(cameTo(await run(ctid, wish.letsgo))).toContain("succeeded");
});
