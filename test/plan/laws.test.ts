// What holds for every plan, tried on random worlds. A failing run prints its seed and the smallest world that breaks the law.
import { isMap } from "node:util/types";
import fc from "fast-check";
import type { Plan } from "../../src/agent/domain/plan.ts";
import { nothingToDo, planRun } from "../../src/agent/plan/plan.ts";
import { predict } from "../../src/agent/plan/predict.ts";
import { planText } from "../support/world.ts";
import { letsgo, orchestrate, someRequest, someWorld } from "./arbitrary.ts";

const runs = { numRuns: 200 };

/** Holds for every plan that may begin. */
function always(request: fc.Arbitrary<Plan["request"]>, law: (plan: Plan, world: Parameters<typeof planRun>[1]) => void): void {
  const property = fc.property(someWorld, request, (world, asked) => {
    const plan = planRun(asked, world);
    if (plan.blockers.length === 0) law(plan, world);
  });
  fc.assert(property, runs);
}

const container = (world: Parameters<typeof planRun>[1]) => world.inventory.containers.get(950);

/** As it stands, without what its snapshots come from, which no plan asks for. */
function standing(world: Parameters<typeof planRun>[1]) {
  const seen = container(world);
  return { ...seen, snapshots: seen?.snapshots.map(({ name, description }) => ({ name, description })) };
}

const text = (data: unknown) => JSON.stringify(data, (_key, value: unknown) => (isMap(value) ? [...value] : value));

test("a second orchestrate has nothing to do", () => {
  always(orchestrate, (plan, world) => {
    const second = planRun(plan.request, predict(world, plan));
    expect(planText({ ...second, warnings: [] })).toBe("preflight | preflight | the container is as the manifest says");
    expect(nothingToDo(second)).toBe(true);
  });
});

test("an orchestrate with nothing to do leaves the world as it is", () => {
  always(orchestrate, (plan, world) => {
    if (nothingToDo(plan)) expect(predict(world, plan).inventory).toEqual(world.inventory);
  });
});

test("a letsgo after a letsgo does the same, and leaves the same world", () => {
  const actions = (plan: Plan) => plan.steps.map(({ action }) => action);
  always(letsgo, (first, world) => {
    const once = predict(world, first);
    const second = planRun(first.request, once);
    const twice = predict(once, second);
    const third = planRun(first.request, twice);
    expect(actions(third)).toEqual(actions(second));
    expect(standing(twice)).toEqual(standing(once));
    expect(twice.ledgers).toEqual(once.ledgers);
  });
});

test("the same world gives the same plan, and is not changed by it", () => {
  const property = fc.property(someWorld, someRequest, (world, request) => {
    const { pushed_manifest, content, ...data } = world;
    const copy = structuredClone(data);
    const plan = planRun(request, world);
    expect(text(data)).toBe(text(copy));
    expect(text(planRun(request, { ...copy, pushed_manifest, content }))).toBe(text(plan));
  });
  fc.assert(property, runs);
});

test("it begins with the preflight, and no two steps have one id", () => {
  always(someRequest, ({ steps, undo }) => {
    expect(steps.map(({ action }) => action.do).indexOf("preflight")).toBe(0);
    const ids = [...steps, ...undo].map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });
});

test("it can be undone exactly when it says so", () => {
  always(someRequest, ({ steps, undo }) => {
    expect(steps.some(({ if_stopped }) => if_stopped === "undo")).toBe(undo.length > 0);
  });
});

test("once a cancel no longer strikes, no step of consequence waits for it", () => {
  always(someRequest, ({ steps }) => {
    const last = steps.at(-1);
    if (last !== undefined && (last.id === "running" || last.id === "power")) expect(last.if_stopped).toBe("commit");
  });
});

test("a plain orchestrate never touches a pre-configured, and restores nothing", () => {
  always(orchestrate, ({ steps }, world) => {
    const had = container(world)?.snapshots.some(({ name }) => name === "pre-configured") === true;
    const touched = steps.filter(({ action }) => action.do !== "create" && "name" in action && action.name === "pre-configured");
    if (had) expect(touched).toEqual([]);
    expect(steps.filter(({ action }) => action.do === "restore")).toEqual([]);
  });
});

test("no snapshot is ever gone before its successor, or an insurance, is there", () => {
  always(someRequest, ({ steps, request }, world) => {
    const seen = container(world);
    if (seen === undefined || seen.snapshot_support.can !== "any" || request.kind === "delete") return;
    const names = new Set(seen.snapshots.map(({ name }) => name));
    const before = [...names].filter((name) => name !== "phoenix-insurance");
    for (const { action } of steps) {
      if (action.do === "delete-snapshot") names.delete(action.name);
      if (action.do === "snapshot") {
        if (names.has(action.name)) expect(action.replace).toBe("atomic");
        names.add(action.name);
      }
      expect(before.filter((name) => !names.has(name) && !names.has("phoenix-insurance"))).toEqual([]);
    }
    expect(before.filter((name) => !names.has(name))).toEqual([]);
  });
});

test("what an insurance has stood in for goes only to storage that has no room for it, and none is left", () => {
  always(someRequest, (plan, world) => {
    const provisions = plan.steps.some(({ action }) => action.do === "application");
    const left = container(predict(world, plan))?.snapshots.some(({ name }) => name === "phoenix-insurance") === true;
    if (provisions) expect(left).toBe(false);
  });
});

test("after every restore everything that was attached is attached again", () => {
  always(someRequest, ({ steps, undo }, world) => {
    const had = container(world)?.attachments ?? [];
    for (const list of [steps, undo, ...steps.map(({ again }) => again)]) {
      const from = list.findIndex(({ action }) => action.do === "restore");
      const kept = list.slice(from).flatMap(({ action }) => (action.do === "attach" ? action.keep : []));
      if (from >= 0) expect(kept).toEqual(had);
    }
  });
});

test("every action that is repeated after an interruption, but cannot simply be repeated, stands on something", () => {
  always(someRequest, ({ steps }) => {
    const once = steps.filter(({ action }) => ["application", "feature", "health", "ready"].includes(action.do));
    expect(once.filter(({ again }) => again.length === 0)).toEqual([]);
  });
});

test("how the container is left follows the power rule", () => {
  always(someRequest, (plan, world) => {
    const { request } = plan;
    const config = world.manifest.containers.get(950);
    const state = container(predict(world, plan))?.state;
    if (request.kind === "letsgo") expect(state).toBe("running");
    if (request.kind !== "orchestrate" && request.kind !== "reconfigure") return;
    const power = request.power === "manifest" ? config?.power : request.power;
    const gpu = container(predict(world, plan))?.gpu_access === true || config?.gpus.length === 1;
    const isOn = power === "on" || (power === "auto" && !gpu);
    if (isOn) expect(state).toBe("running");
    else expect(state).not.toBe("running");
  });
});
