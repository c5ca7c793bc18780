// A lease keeps a container up: what would take it down by the way leaves that out, who wants it down has to insist.
import type { RunRequest } from "../../src/agent/domain/plan.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, planText } = w;

const lease = { ctid: 950, holder: "ana", reason: "demo", since: w.day(20), until: w.day(21) };
const config = w.config({ ctid: 950, gpus: [0], settings: { gpus: "0" }, application: w.application("950.sh") });
const settings = { hostname: "c950", memory_mb: "2048", cores: "2", gpus: "0" };
const up = w.container({ ctid: 950, state: "running", gpu_access: true, snapshots: w.bothSnapshots, settings });
const leased: w.WorldParts = { configs: [config], containers: [up], provisioned: [950], leases: [lease] };
const down: w.WorldParts = { ...leased, containers: [{ ...up, state: "stopped" }] };

const blocked = "950 LEASED: leased by ana until 2026-11-21T12:00:00Z: demo -> ask ana; --force does it all the same";
const why = (request: RunRequest, parts: w.WorldParts) =>
  planText({ ...planRun(request, w.world(parts)), steps: [], undo: [], warnings: [] });
const last = (request: RunRequest, parts: w.WorldParts) => {
  const step = planRun(request, w.world(parts)).steps.at(-1);
  return [step?.id, step?.detail];
};

const takingDown: readonly RunRequest[] = [
  ask.stop(950),
  ask.stop(950, "kill"),
  ask.restart(950),
  ask.letsgo(950),
  ask.reconfigure(950),
  ask.restore(950, "final-form"),
  ask.orchestrate(950, { baseline: "replace" }),
  ask.orchestrate(950, { power: "off" }),
];

describe.each(takingDown)("$kind, which takes it down", (request) => {
  test("is refused, with holder, end and reason", () => expect(why(request, leased)).toBe(blocked));
  test("is done with force", () => expect(why({ ...request, force: true }, leased)).toBe(""));
  test("is done where nobody has leased it", () => expect(why(request, { ...leased, leases: [] })).toBe(""));
  test("is done when another one is leased", () => {
    expect(why(request, { ...leased, leases: [{ ...lease, ctid: 951 }] })).toBe("");
  });
  test("is done when it is down already", () => expect(why(request, down)).toBe(""));
});

test.each([ask.start(950), ask.snapshot(950, "mine"), ask.delete(950, "final-form"), ask.orchestrate(950)])(
  "$kind leaves it up, and needs no force",
  (request) => expect(why(request, leased)).toBe(""),
);

test("orchestrate that has to restart it for its settings is refused", () => {
  const other = { ...up, settings: { ...settings, gpus: "" } };
  expect(why(ask.orchestrate(950), { ...leased, containers: [other] })).toBe(blocked);
});

test("the last step of orchestrate is left out, and it is said", () => {
  const changed = { ...leased, scripts: { "950.sh": "950.sh v2" }, provisioned: [] };
  expect(last(ask.orchestrate(950), { ...changed, leases: [] })).toEqual(["power", "it has GPU access (GPU 0), and would hold the memory"]);
  expect(last(ask.orchestrate(950), changed)).toEqual(["running", "left running: leased by ana until 2026-11-21T12:00:00Z: demo"]);
});

test("so is that of a reconfigure by force, unless it was asked for by name", () => {
  const forced = { force: true } as const;
  expect(last({ ...ask.reconfigure(950), ...forced }, leased)).toEqual([
    "running",
    "left running: leased by ana until 2026-11-21T12:00:00Z: demo",
  ]);
  expect(last({ ...ask.reconfigure(950, { power: "off" }), ...forced }, leased)).toEqual(["power", "power off"]);
});

test("a leased container that is down is not started for its lease", () => {
  expect(planRun(ask.orchestrate(950), w.world(down)).steps.map(({ id }) => id)).toEqual(["preflight"]);
});
