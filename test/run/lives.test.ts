// The agent goes away and comes back: told to, in the middle of things, more than once.
import fc from "fast-check";
import { decide } from "../../src/agent/run/recover.ts";
import { fold } from "../../src/agent/domain/run.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";
import { cameTo, story, wish, type Bench, type Frozen } from "./support/bench.ts";
import { boundariesOf, survive, type Boundary, type Scenario } from "./support/crash.ts";
import { ctid, empty, script, settled } from "./support/house.ts";

let frozen: Frozen;
beforeAll(async () => {
  const host = await settled({ store: "memory" });
  frozen = host.freeze();
  host.dispose();
});

/** A letsgo until a step has begun. */
async function until(host: Bench, step: string, wrapping = {}) {
  const life = host.live(wrapping);
  const run = await life.begin(ctid, wish.letsgo);
  for await (const { event } of life.orchestrator.watch(run, 0, new AbortController().signal)) {
    if (event.type === "step-started" && event.step === step) break;
  }
  return { life, run };
}

describe("told to end", () => {
  test("in the middle of a script it cuts that off, and runs it from a clean base in its next life", async () => {
    const host = await settled();
    host.scripts["950.sh"] = `${script}# sim: sleep 600\n`;
    const { life, run } = await until(host, "application");
    await life.orchestrator.close();
    expect(life.journal.run(run)?.state).toMatchObject({ phase: "running", current: { step: { id: "application" }, state: "acting" } });
    expect(host.storage.read().containers[ctid]?.processes).toEqual([]);
    const next = host.live();
    await next.orchestrator.recover();
    expect(cameTo(await next.ended(run))).toContain("succeeded: 950 is running, healthy");
    expect(host.layers(ctid).filter((layer) => layer === "run 950.sh")).toHaveLength(1);
    expect(story(next.journal, run).filter((line) => line.startsWith("resumed") || line.includes("again."))).toEqual([
      "resumed application: again",
      ...["restore", "settings", "attach", "start", "ready"].flatMap((id) => [`begun again.${id}`, `done again.${id}`]),
    ]);
    host.dispose();
  });

  test("in the middle of a snapshot it waits for that, and goes on behind it", async () => {
    const host = await settled({ sim: { latency_ms: { snapshot: 5000 } } });
    const { life, run } = await until(host, "snapshot.final-form");
    await life.orchestrator.close();
    expect(story(life.journal, run).at(-1)).toBe("done snapshot.final-form");
    const next = host.live();
    await next.orchestrator.recover();
    expect(cameTo(await next.ended(run))).toContain("succeeded");
    expect(next.driver.calls().filter(({ call }) => call === "snapshot")).toEqual([]);
    host.dispose();
  });

  test("it takes no new runs, but plans and shows what there is", async () => {
    const host = await settled();
    const { orchestrator, run } = host.live();
    const { id } = await run(ctid, wish.letsgo);
    await orchestrator.close();
    await expect(orchestrator.start("late", wish.stop, [ctid], "refuse")).rejects.toMatchObject({ failure: { reason: "SHUTTING_DOWN" } });
    expect(orchestrator.find(id).state.phase).toBe("succeeded");
    expect(await orchestrator.plan(wish.stop, [ctid])).toHaveLength(1);
    host.dispose();
  });

  test("a request that comes while it closes is refused, even if it had begun to look", async () => {
    const host = await settled();
    const { orchestrator, journal } = host.live();
    const late = orchestrator.start("late", wish.stop, [ctid], "refuse");
    await orchestrator.close();
    await expect(late).rejects.toMatchObject({ failure: { reason: "SHUTTING_DOWN" } });
    expect(journal.unfinished()).toEqual([]);
    host.dispose();
  });

  test("with nothing to do it ends at once, twice as well", async () => {
    const host = await settled();
    const { orchestrator } = host.live();
    await orchestrator.close();
    await orchestrator.close();
    host.dispose();
  });
});

test("a life with nothing left behind changes nothing", async () => {
  const host = await settled();
  const before = JSON.stringify(host.storage.read());
  const { orchestrator, driver } = host.live();
  await orchestrator.recover();
  expect(driver.calls()).toEqual([]);
  expect(JSON.stringify(host.storage.read())).toBe(before);
  host.dispose();
});

test("what an earlier life left on the platform is ended before anything else", async () => {
  const host = await settled();
  const { life, run } = await until(host, "application");
  await life.orchestrator.close();
  const next = host.live();
  await next.orchestrator.recover();
  await next.ended(run);
  expect(next.driver.calls()[0]).toMatchObject({ call: "endLeftovers", ctid, run });
  host.dispose();
});

test("leftovers that can't be ended are told, and the run goes on", async () => {
  const host = await settled();
  const { life, run } = await until(host, "application");
  await life.orchestrator.close();
  host.faults = [{ call: "endLeftovers", do: "fail", message: "no such pid" }];
  const next = host.live();
  await next.orchestrator.recover();
  expect(cameTo(await next.ended(run))).toContain("succeeded");
  expect(next.logged).toContainEqual("error what an earlier life of the agent left could not be cleared away: no such pid");
  host.dispose();
});

describe("many deaths", () => {
  const letsgo = (): Scenario => ({ name: "letsgo", host: () => empty({ from: frozen }), wish: wish.letsgo });
  const failing = (): Scenario => ({
    ...letsgo(),
    name: "letsgo, failing",
    host: () => {
      const host = empty({ from: frozen });
      host.scripts["950.sh"] = "# sim: write /broken yes\n# sim: exit 3\n";
      return host;
    },
  });
  const creating = (): Scenario => ({ name: "orchestrate", host: () => empty({ store: "memory" }), wish: wish.orchestrate });

  test.each([letsgo(), failing(), creating()])(
    "$name: in as many lives as you like it comes to the same end",
    async (scenario) => {
      const undisturbed = await survive(scenario, []);
      const some = fc.array(fc.constantFrom<Boundary>(...boundariesOf(undisturbed)), { minLength: 2, maxLength: 5 });
      const property = fc.asyncProperty(some, async (boundaries) => {
        const { state } = await survive(scenario, boundaries);
        expect(state).toBe(undisturbed.state);
      });
      await fc.assert(property, { numRuns: 60 });
    },
    300_000,
  );
});

describe("the decision about a step", () => {
  const plan = planRun(
    w.ask.letsgo(ctid),
    w.world({
      configs: [w.config({ ctid, application: w.application("950.sh"), health: w.healthCheck })],
      containers: [w.container({ ctid, snapshots: w.bothSnapshots })],
    }),
  );
  const at = (done: readonly string[], under: string | null) =>
    fold(
      [
        { type: "started" },
        ...done.flatMap((step) => [
          { type: "step-started" as const, step, attempt: 1 },
          { type: "step-finished" as const, step, detail: "", ms: 0, platform_ms: 0 },
        ]),
        ...(under === null ? [] : [{ type: "step-started" as const, step: under, attempt: 1 }]),
      ],
      plan,
    );

  test.each([
    [[], null, "running", "none", "", "no step was under way"],
    [["preflight"], "restore", "stopped", "repeat", "restore", "restore pre-configured was under way; what is left of it is done now"],
    [
      ["preflight", "restore", "settings", "start"],
      "ready",
      "running",
      "again",
      "ready",
      "ready was under way; it is done again after: start",
    ],
    [
      ["preflight", "restore", "settings", "start", "ready"],
      "application",
      "running",
      "again",
      "application",
      "application script was under way; it is done again after: restore pre-configured, settings, start, ready",
    ],
    [
      ["preflight", "restore", "settings", "start", "ready"],
      null,
      "stopped",
      "again",
      "application",
      "no step was under way; the container is stopped, so before application script: restore pre-configured, settings, start, ready",
    ],
    [["preflight", "restore", "settings", "start", "ready"], null, null, "none", "", "no step was under way"],
    [["preflight", "restore", "settings"], null, "stopped", "none", "", "no step was under way"],
    [
      ["preflight", "restore", "settings", "start", "ready", "application", "health"],
      "snapshot.final-form",
      "stopped",
      "repeat",
      "snapshot.final-form",
      "snapshot final-form was under way; what is left of it is done now",
    ],
  ] as const)("after %j, in %s, the container %s: %s", (done, under, state, decision, step, why) => {
    expect(decide(at(done, under), state)).toEqual({ step, decision, why });
  });
});
