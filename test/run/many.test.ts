// Many requests at once: the same one twice, different ones for one container, one for many containers.
import type { ContainerConfig } from "../../src/agent/config/manifest-types.ts";
import type { RunRecord } from "../../src/agent/domain/journal.ts";
import { runKinds } from "../../src/agent/domain/plan.ts";
import * as w from "../support/world.ts";
import { bench, cameTo, wish, type Bench, type Life } from "./support/bench.ts";
import { mortal } from "./support/mortal.ts";
import { ctid, empty, script, settled } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

describe("the same request_id", () => {
  test("500 times at once is one run", async () => {
    host = await settled();
    const { orchestrator, ended, journal } = host.live();
    const started = await Promise.all(Array.from({ length: 500 }, () => orchestrator.start("the same", wish.letsgo, [ctid], "refuse")));
    const ids = new Set(started.flatMap(({ runs }) => runs.map(({ id }) => id)));
    expect(ids.size).toBe(1);
    expect(started.filter(({ runs, refused }) => runs.length !== 1 || refused.length > 0)).toEqual([]);
    for (const id of ids) expect(cameTo(await ended(id))).toContain("succeeded");
    expect(journal.runs({ ctid, phases: [], limit: 10, before: null }).map(({ plan }) => plan.request.kind)).toEqual([
      "letsgo",
      "orchestrate",
    ]);
    expect(host.layers(ctid).filter((layer) => layer === "run 950.sh")).toHaveLength(1);
  });

  test("after the run has ended, and in another life, is still that run", async () => {
    host = await settled();
    const first = host.live();
    const run = await first.begin(ctid, wish.letsgo, "once");
    await first.ended(run);
    expect(await first.begin(ctid, wish.letsgo, "once")).toBe(run);
    await first.orchestrator.close();
    const second = host.live();
    await second.orchestrator.recover();
    expect(await second.begin(ctid, wish.letsgo, "once")).toBe(run);
    expect(second.driver.calls()).toEqual([]);
  });

  test("that was refused is planned again", async () => {
    host = await settled();
    const { orchestrator } = host.live();
    host.outside.lock(ctid, "backup");
    const refused = await orchestrator.start("again", wish.letsgo, [ctid], "refuse");
    expect(refused.runs).toEqual([]);
    expect(refused.refused[0]?.blockers[0]?.reason).toBe("LOCKED");
    host.outside.lock(ctid, null);
    expect((await orchestrator.start("again", wish.letsgo, [ctid], "refuse")).runs).toHaveLength(1);
  });
});

describe("different requests for one container", () => {
  test("one wins, the others are refused and told who has it", async () => {
    host = await settled();
    const { orchestrator, ended } = host.live();
    const started = await Promise.all(Array.from({ length: 50 }, (_, at) => orchestrator.start(`id ${at}`, wish.letsgo, [ctid], "refuse")));
    const winners = started.flatMap(({ runs }) => runs.map(({ id }) => id));
    const reasons = new Set(started.flatMap(({ refused }) => refused.flatMap(({ blockers }) => blockers.map(({ message }) => message))));
    expect(winners).toHaveLength(1);
    expect([...reasons]).toEqual([`run ${winners[0] ?? ""} has it`]);
    expect(cameTo(await ended(winners[0] ?? ""))).toContain("succeeded");
  });

  test("with queue they go one after the other, in order", async () => {
    host = await settled();
    const { orchestrator, ended, journal } = host.live();
    const wishes = [wish.letsgo, wish.stop, wish.start, wish.snapshot, wish.reconfigure] as const;
    const ids: string[] = [];
    for (const [at, each] of wishes.entries()) {
      const { runs } = await orchestrator.start(`id ${at}`, each, [ctid], "queue");
      ids.push(...runs.map(({ id }) => id));
    }
    const records = await Promise.all(ids.map(ended));
    expect(records.map(({ state }) => state.phase)).toEqual(wishes.map(() => "succeeded"));
    expect(alone(ids.map((id) => journal.events(id, 0, 1000).map(({ seq }) => seq)).map((seqs) => seqs.slice(1)))).toBe(true);
    expect((await host.seen(ctid)).snapshots.map(({ name }) => name)).toEqual(["pre-configured", "mine", "final-form"]);
  });

  test("with queue they are planned for what the ones before them will leave", async () => {
    host = empty();
    const { orchestrator, ended } = host.live();
    const first = await orchestrator.start("1", wish.orchestrate, [ctid], "queue");
    const second = await orchestrator.start("2", wish.letsgo, [ctid], "queue");
    const third = await orchestrator.start("3", wish.letsgo, [951], "queue");
    expect(second.refused).toEqual([]);
    expect(third.refused[0]?.blockers[0]?.reason).toBe("NOT_IN_MANIFEST");
    for (const { runs } of [first, second]) expect(cameTo(await ended(runs[0]?.id ?? ""))).toContain("succeeded: 950 is running");
  });

  test("one that fails does not keep the next in the queue", async () => {
    host = await settled();
    host.scripts["950.sh"] = "# sim: exit 3\n";
    const { orchestrator, ended } = host.live();
    const first = await orchestrator.start("1", wish.letsgo, [ctid], "queue");
    const second = await orchestrator.start("2", wish.stop, [ctid], "queue");
    expect((await ended(first.runs[0]?.id ?? "")).state.phase).toBe("failed");
    expect(cameTo(await ended(second.runs[0]?.id ?? ""))).toContain("succeeded: 950 is stopped");
  });
});

/** 900 is a template; 951, 952 and 953 are clones of it; 952 depends on 951, 953 on nobody, 954 on 952. */
const family: readonly ContainerConfig[] = [
  w.config({ ctid: 900, template_snapshot: "golden" }),
  ...[951, 952, 953, 954].map((each) =>
    w.config({
      ctid: each,
      origin: { from: "clone", source: 900 },
      application: w.application(`${each}.sh`),
      dependencies: each === 952 ? [951] : each === 954 ? [952] : [],
    }),
  ),
];
const familyScripts = Object.fromEntries([951, 952, 953, 954].map((each) => [`${each}.sh`, script.replaceAll("/data", "/tmp")]));

describe("one request for several containers", () => {
  const all = async (life: Life) => {
    const { runs, refused } = await life.orchestrator.start("all", wish.orchestrate, "all", "refuse");
    expect(refused).toEqual([]);
    return Promise.all(runs.map(({ id }) => life.ended(id)));
  };
  const told = (records: readonly RunRecord[]) => records.map(({ plan, state }) => `${plan.request.ctid} ${state.phase}`);

  test("templates first, dependencies before what needs them, the others at the same time", async () => {
    host = bench({ configs: family, scripts: familyScripts, sim: { latency_ms: { default: 1000 } } });
    const life = host.live();
    const records = await all(life);
    expect(told(records)).toEqual(["900 succeeded", "951 succeeded", "952 succeeded", "953 succeeded", "954 succeeded"]);
    const at = new Map(
      records.map(({ plan, started, finished }) => [plan.request.ctid, { started: started ?? NaN, finished: finished ?? NaN }]),
    );
    const time = (each: number) => at.get(each) ?? { started: NaN, finished: NaN };
    expect(time(951).started).toBeGreaterThanOrEqual(time(900).finished);
    expect(time(952).started).toBeGreaterThanOrEqual(time(951).finished);
    expect(time(954).started).toBeGreaterThanOrEqual(time(952).finished);
    expect(time(953).started).toBeLessThan(time(951).finished);
  });

  test.each([1, 2, 4])("never more than %i at a time", async (max_parallel) => {
    host = bench({ configs: family, scripts: familyScripts, max_parallel, sim: { latency_ms: { default: 1000 } } });
    const life = host.live();
    const records = await all(life);
    expect(records.filter(({ state }) => state.phase !== "succeeded")).toEqual([]);
    const at = records.flatMap(({ started, finished }) => [
      { time: started ?? NaN, by: 1 },
      { time: finished ?? NaN, by: -1 },
    ]);
    let now = 0;
    let most = 0;
    for (const { by } of at.toSorted((a, b) => a.time - b.time || a.by - b.by)) {
      now += by;
      most = Math.max(most, now);
    }
    expect(most).toBe(Math.min(max_parallel, 2));
  });

  test("a failure costs those that need it, and nobody else", async () => {
    host = bench({ configs: family, scripts: { ...familyScripts, "951.sh": "# sim: exit 3\n" } });
    const records = await all(host.live());
    expect(told(records)).toEqual(["900 succeeded", "951 failed", "952 skipped", "953 succeeded", "954 skipped"]);
    expect(records[2]?.state.outcome).toBe(`It never began: it needs 951, whose run ${records[1]?.id ?? ""} failed.`);
    expect(records[4]?.state.outcome).toBe(`It never began: it needs 952, whose run ${records[2]?.id ?? ""} skipped.`);
  });

  test("a cancel costs those that need it as well", async () => {
    host = bench({ configs: family, scripts: { ...familyScripts, "951.sh": `${script.replaceAll("/data", "/tmp")}# sim: sleep 60\n` } });
    const life = host.live();
    const { runs } = await life.orchestrator.start("all", wish.orchestrate, "all", "refuse");
    const first = runs.find(({ plan }) => plan.request.ctid === 951)?.id ?? "";
    for await (const { event } of life.orchestrator.watch(first, 0, new AbortController().signal)) {
      if (event.type === "step-started" && event.step === "application") life.orchestrator.cancel(first);
    }
    expect(told(await Promise.all(runs.map(({ id }) => life.ended(id))))).toEqual([
      "900 succeeded",
      "951 cancelled",
      "952 skipped",
      "953 succeeded",
      "954 skipped",
    ]);
  });

  test("goes on in the agent's next life, the waiting ones included", async () => {
    host = bench({ configs: family, scripts: { ...familyScripts, "951.sh": `${script.replaceAll("/data", "/tmp")}# sim: sleep 60\n` } });
    const life = host.live();
    const { runs } = await life.orchestrator.start("all", wish.orchestrate, "all", "refuse");
    const first = runs.find(({ plan }) => plan.request.ctid === 951)?.id ?? "";
    for await (const { event } of life.orchestrator.watch(first, 0, new AbortController().signal)) {
      if (event.type === "step-started" && event.step === "application") break;
    }
    await life.orchestrator.close();
    const next = host.live();
    await next.orchestrator.recover();
    expect(told(await Promise.all(runs.map(({ id }) => next.ended(id))))).toEqual(
      [900, 951, 952, 953, 954].map((each) => `${each} succeeded`),
    );
  });

  test("wherever the agent dies, all come to the same end in its next life", async () => {
    const asked = async (life: Life) => {
      await life.orchestrator.recover();
      return all(life);
    };
    const make = () => bench({ configs: family, scripts: familyScripts, store: "memory" });
    host = make();
    const living = mortal();
    await asked(host.live(living.wrapping));
    const undisturbed = family.map((config) => host.layers(config.ctid).join());
    const writes = living.writes();
    expect(writes).toBeGreaterThan(50);
    for (let write = 1; write <= writes; write += 2) {
      host.dispose();
      host = make();
      const dying = mortal({ write, when: write % 2 === 0 ? "before" : "after" });
      await Promise.race([dying.died, asked(host.live(dying.wrapping))]);
      await new Promise<void>((resolve) => setImmediate(resolve));
      const records = await asked(host.live());
      expect([write, ...records.map(({ state }) => state.phase)]).toEqual([write, ...family.map(() => "succeeded")]);
      expect([write, ...family.map((config) => host.layers(config.ctid).join())]).toEqual([write, ...undisturbed]);
    }
  });

  test("what is refused does not keep the others from beginning", async () => {
    host = bench({ configs: family, scripts: { "951.sh": script, "953.sh": script.replaceAll("/data", "/tmp") } });
    const life = host.live();
    const { runs, refused } = await life.orchestrator.start("all", wish.orchestrate, "all", "refuse");
    expect(refused.map(({ request, blockers }) => [request.ctid, ...blockers.map(({ reason }) => reason)])).toEqual([
      [952, "SCRIPT_MISSING"],
      [954, "SCRIPT_MISSING", "DEPENDENCY"],
    ]);
    expect(runs.map(({ plan }) => plan.request.ctid)).toEqual([900, 951, 953]);
    await Promise.all(runs.map(({ id }) => life.ended(id)));
  });

  test("the same container twice is one run", async () => {
    host = await settled();
    const { orchestrator } = host.live();
    expect((await orchestrator.start("x", wish.stop, [ctid, ctid], "refuse")).runs).toHaveLength(1);
  });
});

test("an unknown container, and a manifest without any", async () => {
  host = bench({ configs: [] });
  const { orchestrator } = host.live();
  for (const kind of runKinds) {
    const each = Object.values(wish).find((one) => one.kind === kind);
    if (each === undefined) throw new Error(`no wish of kind ${kind}`);
    const { runs, refused } = await orchestrator.start(`unknown ${kind}`, each, [123], "refuse");
    expect([kind, runs.length, refused[0]?.blockers.length]).toEqual([kind, 0, 1]);
  }
  await expect(orchestrator.start("none", wish.letsgo, "all", "refuse")).rejects.toMatchObject({ failure: { reason: "MANIFEST" } });
});

/** Whether no two lists of numbers overlap, in their order. */
function alone(lists: readonly (readonly number[])[]): boolean {
  return lists.every((list, at) => at === 0 || Math.min(...list) > Math.max(...(lists[at - 1] ?? [])));
}
