import type { RunRequest } from "../../src/agent/domain/plan.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, day } = w;

const config = w.config({ ctid: 950, application: w.application("950.sh") });
const live = w.container({ ctid: 950, state: "running", snapshots: [...w.bothSnapshots, w.snapshot("mine", day(3))] });
const kept = (name: string, created: number | null) => [{ ctid: 950, name, created, since: day(4) }];
const world = (protections: w.WorldParts["protections"], parts: w.WorldParts = {}) =>
  w.world({ configs: [config], containers: [live], provisioned: [950], ...parts, ...(protections === undefined ? {} : { protections }) });
const refusal = (request: RunRequest, protections: w.WorldParts["protections"], parts: w.WorldParts = {}) =>
  planRun(request, world(protections, parts)).blockers.map(({ reason, message, remedy }) => `${reason}: ${message} -> ${remedy}`);

const remedy = (name: string) => `phoenixctl snapshot unprotect 950 ${name}`;

test.each<[string, RunRequest, string, number, string[]]>([
  ["delete", ask.delete(950, "mine"), "mine", day(3), [`PROTECTED: mine is protected, and would be deleted -> ${remedy("mine")}`]],
  [
    "letsgo",
    ask.letsgo(950),
    "final-form",
    day(2),
    [`PROTECTED: final-form is protected, and would be replaced -> ${remedy("final-form")}`],
  ],
  [
    "reconfigure",
    ask.reconfigure(950),
    "final-form",
    day(2),
    [`PROTECTED: final-form is protected, and would be replaced -> ${remedy("final-form")}`],
  ],
  [
    "orchestrate --rebaseline",
    ask.orchestrate(950, { baseline: "replace" }),
    "pre-configured",
    day(1),
    [`PROTECTED: pre-configured is protected, and would be replaced -> ${remedy("pre-configured")}`],
  ],
  ["letsgo, of another snapshot", ask.letsgo(950), "mine", day(3), []],
  ["letsgo, of the base that it goes back to", ask.letsgo(950), "pre-configured", day(1), []],
  ["orchestrate with nothing to do", ask.orchestrate(950), "final-form", day(2), []],
  ["restore of a protected one", ask.restore(950, "mine"), "mine", day(3), []],
  ["of one that somebody has deleted, and taken anew by hand", ask.delete(950, "mine"), "mine", day(2), []],
])("%s", (_, request, name, created, expected) => {
  expect(refusal(request, kept(name, created))).toEqual(expected);
});

test.each([true, false])("where a snapshot is replaced in one step or in several (%s) it is refused the same", (atomic_replace) => {
  expect(refusal(ask.letsgo(950), kept("final-form", day(2)), { atomic_replace })).toHaveLength(1);
});

test("one that is in the way on ZFS is not deleted, whatever --delete-newer says", () => {
  const zfs = { containers: [{ ...live, snapshot_support: { can: "newest" } as const }] };
  expect(refusal(ask.restore(950, "final-form", "delete"), kept("mine", day(3)), zfs)).toEqual([
    `PROTECTED: mine is protected, and would be deleted -> ${remedy("mine")}`,
  ]);
});

test("another container's is another", () => {
  expect(refusal(ask.delete(950, "mine"), [{ ctid: 951, name: "mine", created: day(3), since: 0 }])).toEqual([]);
});
