// Finding runs by a part of their id, and what past runs say of the next one.
import { cameTo, wish, type Bench } from "./support/bench.ts";
import { ctid, script, settled } from "./support/house.ts";

let host: Bench;
afterEach(() => host.dispose());

test("a run is found by its id, its beginning or its end, if that is enough", async () => {
  host = await settled();
  const { run, orchestrator } = host.live();
  const { id } = await run(ctid, wish.stop);
  expect(orchestrator.find(id).id).toBe(id);
  expect(orchestrator.find(id.toLowerCase()).id).toBe(id);
  expect(orchestrator.find(id.slice(-6)).id).toBe(id);
  expect(() => orchestrator.find(id.slice(0, 6))).toThrow(/"01K000" is the beginning or end of 2 runs: 01K\d{23}, 01K\d{23}/);
  expect(() => orchestrator.find("01KX")).toThrow("there is no run 01KX");
});

test("the estimate is the median of past runs of that kind that succeeded", async () => {
  host = await settled();
  const { run, orchestrator, begin, ended } = host.live();
  const [plan] = await orchestrator.plan(wish.letsgo, [ctid]);
  if (plan === undefined) throw new Error("no plan");
  expect(orchestrator.estimate(plan)).toBeNull();
  for (const seconds of [10, 1000, 30]) {
    host.scripts["950.sh"] = `${script}# sim: sleep ${seconds}\n`;
    expect(cameTo(await run(ctid, wish.letsgo))).toContain("succeeded");
  }
  host.scripts["950.sh"] = "# sim: sleep 500\n# sim: exit 1\n";
  expect((await ended(await begin(ctid, wish.letsgo))).state.phase).toBe("failed");
  const { steps, ...whole } = orchestrator.estimate(plan) ?? { steps: new Map<string, number>() };
  expect(whole).toEqual({ ms: 30_000, runs: 3 });
  expect([steps.get("application"), steps.get("start")]).toEqual([30_000, 0]);
});

test("a step's time is told apart from the platform's", async () => {
  host = await settled({ sim: { latency_ms: { snapshot: 700 } } });
  host.scripts["950.sh"] = `${script}# sim: sleep 20\n`;
  const { run, journal } = host.live();
  const { id, platform_ms } = await run(ctid, wish.letsgo);
  const times = new Map(
    journal
      .events(id, 0, 1000)
      .flatMap(({ event }) => (event.type === "step-finished" ? [[event.step, [event.ms, event.platform_ms]] as const] : [])),
  );
  expect(times.get("application")).toEqual([20_000, 20_000]);
  expect(times.get("snapshot.final-form")).toEqual([700, 700]);
  expect(platform_ms).toBe(20_700);
});
