import type { Plan, RunRequest } from "../../src/agent/domain/plan.ts";
import { planBatch } from "../../src/agent/plan/batch.ts";
import { nothingToDo } from "../../src/agent/plan/plan.ts";
import { predict } from "../../src/agent/plan/predict.ts";
import * as w from "../support/world.ts";

const { ask, lines } = w;

/** 900 is a template, 901 a clone of it, 950 a clone of 901; 953 is what 950 and 956 depend on; 956 depends on 950 too. */
const configs = [
  w.config({ ctid: 956, dependencies: [953, 950, 1002] }),
  w.config({ ctid: 950, origin: { from: "clone", source: 901 }, dependencies: [953], application: w.application("950.sh") }),
  w.config({ ctid: 953 }),
  w.config({ ctid: 901, origin: { from: "clone", source: 900 }, template_snapshot: "golden" }),
  w.config({ ctid: 900 }),
];
const everybody = configs.map(({ ctid }) => w.container({ ctid, state: "running", snapshots: [...w.bothSnapshots, w.snapshot("golden")] }));

const orchestrate = (ctids: readonly number[]) => ctids.map((ctid) => ask.orchestrate(ctid));
const letsgo = (ctids: readonly number[]) => ctids.map((ctid) => ask.letsgo(ctid));

/** "950 after 953: 12 steps", or why not. */
function told(plans: readonly Plan[]): string {
  return plans
    .map(({ request, after, steps, blockers }) => {
      const why = blockers.map(({ reason, message }) => `${reason}: ${message}`).join("; ");
      return `${request.ctid}${after.length === 0 ? "" : ` after ${after.join(", ")}`}: ${why || `${steps.length} steps`}`;
    })
    .join("\n");
}

test("templates and dependencies first, otherwise by CTID; each in the world that the ones before it leave", () => {
  expect(told(planBatch(orchestrate([956, 950, 953, 901, 900]), w.world({ configs })))).toBe(
    lines(`
      900: 7 steps
      901 after 900: 8 steps
      953: 7 steps
      950 after 901, 953: 8 steps
      956 after 953, 950: 7 steps
    `),
  );
});

test("the order of the request makes no difference", () => {
  const all = [956, 950, 953, 901, 900];
  const world = w.world({ configs });
  for (const ctids of [all, all.toReversed(), all.toSorted((a, b) => a - b)])
    expect(planBatch(orchestrate(ctids), world)).toEqual(planBatch(orchestrate(all), world));
});

test("what is not in the request is not waited for", () => {
  expect(told(planBatch(letsgo([956, 950]), w.world({ configs, containers: everybody })))).toBe(
    lines(`
      950: 8 steps
      956 after 950: 7 steps
    `),
  );
});

test("the source of a clone comes before it only where the clone may be made", () => {
  const world = w.world({ configs, containers: everybody });
  expect(told(planBatch(letsgo([901, 900]), world))).toBe("900: 7 steps\n901: 7 steps");
  expect(told(planBatch(orchestrate([901, 900]), world))).toContain("901 after 900");
});

test("starts and stops wait for nobody", () => {
  const requests: readonly RunRequest[] = [ask.stop(956), ask.stop(953)];
  expect(told(planBatch(requests, w.world({ configs, containers: everybody })))).toBe("953: 2 steps\n956: 2 steps");
});

test("a refusal spreads to those that need it, through the ones between, and to nobody else", () => {
  const world = w.world({ configs, containers: everybody.map((each) => (each.ctid === 953 ? { ...each, lock: "backup" } : each)) });
  expect(told(planBatch(letsgo([956, 950, 953, 900]), world))).toBe(
    lines(`
      900: 7 steps
      953: LOCKED: locked by the platform (backup)
      950 after 953: DEPENDENCY: it needs 953, which is refused: locked by the platform (backup)
      956 after 953, 950: DEPENDENCY: it needs 953, which is refused: locked by the platform (backup); DEPENDENCY: it needs 950, which is refused: it needs 953, which is refused: locked by the platform (backup)
    `),
  );
});

test("its own blockers are told beside those that it inherits", () => {
  const plans = planBatch(orchestrate([901, 900]), w.world({ configs, free_bytes: { tank: 0 } }));
  expect(plans[1]?.blockers.map(({ reason }) => reason)).toEqual(["CONTAINER_MISSING", "NO_SPACE", "DEPENDENCY"]);
});

test("a second orchestrate of all has nothing to do", () => {
  const requests = orchestrate(configs.map(({ ctid }) => ctid));
  const world = w.world({ configs });
  const later = planBatch(requests, world).reduce(predict, world);
  for (const plan of planBatch(requests, later)) expect([plan.request.ctid, nothingToDo(plan)]).toEqual([plan.request.ctid, true]);
});

test("a cycle, which the manifest's rules refuse, still ends", () => {
  const cycle = [w.config({ ctid: 951, dependencies: [952] }), w.config({ ctid: 952, dependencies: [951] })];
  expect(planBatch(orchestrate([952, 951]), w.world({ configs: cycle })).map(({ request }) => request.ctid)).toEqual([951, 952]);
});

test("nobody waits for itself", () => {
  const narcissus = [w.config({ ctid: 951, dependencies: [951] })];
  expect(planBatch(orchestrate([951]), w.world({ configs: narcissus }))[0]?.after).toEqual([]);
});

test("a volume that is foreseen is attached by what the manifest says of it, in the undo too, never by a name that nobody knows", () => {
  const configs = [w.config({ ctid: 953, volumes: [w.volume("/data")] })];
  const world = w.world({ configs });
  const later = planBatch(orchestrate([953]), world).reduce(predict, world);
  const [plan] = planBatch(letsgo([953]), later);
  for (const list of [plan?.steps ?? [], plan?.undo ?? []]) {
    expect(list.flatMap(({ action }) => (action.do === "attach" ? [action] : []))).toEqual([
      { do: "attach", volumes: [w.volume("/data")], mounts: [], keep: [] },
    ]);
  }
});
