// Clients and agents of different versions: what both know works, and what one of them does not know is said.
import { loadContract } from "../../proto/index.ts";
import { skew } from "../../src/ctl/fleet/explain.ts";
import { socketPlace, type Place } from "../../src/ctl/fleet/places.ts";
import { releasedContract } from "../support/released.ts";
import { streams, withAgent, type FakeAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { container, ended, event, finished, run, snapshot, started, stepBy } from "./support/samples.ts";

const events = [
  event(0, "started", {}),
  started(0, stepBy("start")),
  finished(1, "start", 1),
  event(4, "finished", { run: ended(4, { state: "RUN_STATE_SUCCEEDED", outcome: "950 is running, healthy." }) }),
];
const answers = {
  GetHost: { hostname: "pve1", version: "0.1.0", driver: "proxmox" },
  ListContainers: { containers: [container(950, { snapshots: [snapshot("pre-configured")] })] },
  PlanRun: { plans: [run().plan] },
  StartRun: { runs: [run()], refused: [] },
  StartContainer: { run: run() },
  StopContainer: { run: run() },
  GetRun: { run: ended(4) },
  ListRuns: { runs: [ended(4)] },
  ListSnapshots: { snapshots: [snapshot("pre-configured")] },
  ListEvents: { events: [{ seq: 1, kind: "agent.started", level: "EVENT_LEVEL_INFO", message: "the agent is up" }], next_seq: 2 },
  GetBoot: { runs: [] },
  WatchRun: streams(events),
};

describe("an agent that speaks the contract before this one", () => {
  let agent: FakeAgent;
  beforeEach(async () => {
    agent = await withAgent(answers, await releasedContract());
  });
  const ctl = (words: string) => phoenixctl(words.split(" "), { socket: agent.socket });

  test.each([
    ["ps", 0],
    ["show 950", 0],
    ["plan letsgo 950", 7],
    ["letsgo 950", 0],
    ["start 950", 0],
    ["stop 950 --kill", 0],
    ["run list", 0],
    ["run show 7QXZ", 0],
    ["snapshot list", 0],
    ["events", 0],
    ["boot status", 0],
    ["version", 0],
  ])("%s works", async (words, code) => {
    const said = await ctl(words);
    expect([said.code, said.stderr]).toEqual([code, ""]);
    expect(said.stdout).not.toMatch(/undefined|NaN|\[object|Invalid/);
    const json = await ctl(`${words} -o json`);
    expect([json.code, typeof JSON.parse(json.stdout)]).toEqual([code, "object"]);
  });

  test.each(["doctor", "gpu list", "gpu shutdown 950", "snapshot diff 950 pre-configured", "snapshot protect 950 pre-configured"])(
    "%s is told to be too new for it",
    async (words) => {
      const { code, stderr } = await ctl(words);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/ failed: the host runs 0\.1\.0, this needs .*\. Nothing was changed\.\n/)]);
    },
  );

  test.each([
    ["start 950 --make-room", "without make-room"],
    ["start 950 --force", "without forced-start"],
    ["start 950 --make-room --force", "without make-room and forced-start"],
    ["letsgo 950 --make-room", "without make-room"],
    ["letsgo 950 --make-room --dry-run", "without make-room"],
    ["clone 950 951", "without clone"],
    ["snapshot list --size", "without snapshot-sizes"],
  ])("%s is not sent, since a part of it would be passed over", async (words, said) => {
    const { code, stderr } = await ctl(words);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`the host runs 0.1.0, ${said}, this needs `)]);
    expect(agent.calls.map(({ method }) => method)).toEqual(["GetHost"]);
  });
});

describe("an agent that speaks a contract after this one", () => {
  // What this one has no name for arrives as a number, and fields that it does not know as nothing.
  const other = 99;
  const newer = {
    ...answers,
    GetHost: { ...answers.GetHost, version: "9.9.9", abilities: ["telepathy"] },
    ListContainers: { containers: [{ ...container(950), state: other, health: other, snapshots: [{ ...snapshot("x"), origin: other }] }] },
    ListRuns: { runs: [{ ...ended(4), kind: other, state: other }] },
    GetRun: { run: { ...ended(4), kind: other, state: other } },
    ListSnapshots: { snapshots: [{ ...snapshot("x"), origin: other }] },
    ListEvents: { events: [{ seq: 1, kind: "moon.rose", level: other, message: "it is up" }], next_seq: 2 },
    Examine: { findings: [{ level: other, subject: "moon", message: "it is up", remedy: "" }] },
    PlanRun: { plans: [{ ...run().plan, kind: other }] },
    // Between two that are known, something that has no name here.
    WatchRun: streams(events.flatMap((each) => [each, { seq: 0, run_id: each.run_id, at: each.at }])),
  };

  test.each(["ps", "show 950", "plan letsgo 950", "letsgo 950", "run list", "run show 7QXZ", "snapshot list", "events", "doctor"])(
    "%s shows the rest",
    async (words) => {
      const { socket } = await withAgent(newer, await loadContract());
      for (const output of ["table", "json"]) {
        const { code, stdout, stderr } = await phoenixctl([...words.split(" "), "-o", output], { socket });
        expect([code === 0 || code === 7, stderr]).toEqual([true, ""]);
        expect(stdout).not.toMatch(/undefined|NaN|\[object/);
      }
    },
  );
});

const pve2: Place = { kind: "known", name: "pve2", entry: { kind: "socket", socket: "/x" }, folder: "/" };

test.each<[Place, string | null, readonly string[], string | null, string]>([
  [pve2, "0.3", [], "0.4", "host pve2 runs 0.3, this needs 0.4"],
  [pve2, "0.3", ["make-room"], "0.4", "host pve2 runs 0.3, without make-room, this needs 0.4"],
  [pve2, "0.3", [], null, "host pve2 runs 0.3, this needs a newer one, since this client runs from its sources"],
  [pve2, "0.4", [], "0.4", "host pve2 does not know this call, though it runs 0.4 like this client"],
  [pve2, null, [], "0.4", "host pve2 does not know this call; its agent is older than this client"],
  [socketPlace("/x"), "0.3", [], "0.4", "the host runs 0.3, this needs 0.4"],
])("skew in words: %#", (place, agent, lacks, client, expected) => {
  expect(skew(place, agent, lacks, client)).toBe(expected);
});
