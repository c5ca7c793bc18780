// The built agent is killed by SIGKILL in every call to its platform (before it, half way and after it), in runs of every kind,
// started again, and ends by itself where it ends undisturbed. `npm test` tries a sample; the boundaries of the journal, and all
// of these, are tried in one process by test/run/crash.test.ts.
import type { CallRecord } from "../../src/agent/driver/sim/calls.ts";
import type { FaultRule } from "../../src/agent/driver/sim/faults.ts";
import { copyFolder, removeFolder } from "./support/home.ts";
import { requests, settledHost } from "./support/kinds.ts";
import { inLanes, randomFrom, sample, seed, tryAll } from "../support/random.ts";
import { leftBehind } from "./support/state.ts";
import { callsOf, setFaults, survive, surviveInTurn } from "./support/survive.ts";

jest.setTimeout(tryAll ? 3_600_000 : 600_000);

/** So many boundaries of each kind in `npm test`. */
const few = 2;

/** A rule for each moment of each call at which the agent can be killed: the n-th call for that container. */
function boundaries(calls: readonly CallRecord[]): readonly FaultRule[] {
  return calls.flatMap(({ ctid }, at) => {
    const nth = calls.slice(0, at + 1).filter((call) => call.ctid === ctid).length;
    // The message makes it another rule than any before, with a count of its own.
    return (["before", "during", "after"] as const).map((when): FaultRule => ({
      call: "*",
      ctid,
      nth,
      when,
      do: "crash",
      message: `${when} ${nth} of ${ctid}`,
    }));
  });
}

test("the agent is killed in each call of runs of each kind", async () => {
  const random = randomFrom(seed);
  const settled = await settledHost(0);
  const undisturbed = copyFolder(settled);
  const runs = await survive(undisturbed, requests);
  expect(runs.map(({ state }) => state)).toEqual(requests.map(({ comesTo }) => comesTo));
  const expected = new Map(runs.map((run) => [run.ctid, leftBehind(undisturbed, run)]));
  const rules = new Map(runs.map((run) => [run.ctid, sample(boundaries(callsOf(undisturbed, run)), few, random)]));

  // Each round has a host of its own, on which the agent dies once in a run of each kind that has a boundary left.
  const rounds = Math.max(...[...rules.values()].map(({ length }) => length));
  let tried = 0;
  await inLanes([...Array(rounds).keys()], 3, async (round) => {
    const folder = copyFolder(settled);
    const asked = requests.filter(({ ctid }) => rules.get(ctid)?.[round] !== undefined);
    const survived = await surviveInTurn(folder, asked, ({ ctid }) => setFaults(folder, rules.get(ctid)?.slice(round, round + 1) ?? []));
    for (const [at, { run, deaths }] of survived.entries()) {
      const about = { seed, name: asked[at]?.name, rule: rules.get(run.ctid)?.[round] };
      expect({ ...about, deaths }).toEqual({ ...about, deaths: 1 });
      const left = leftBehind(folder, run);
      if (left !== expected.get(run.ctid)) expect({ ...about, left }).toEqual({ ...about, left: expected.get(run.ctid) });
      tried += 1;
    }
    removeFolder(folder);
  });
  expect(tried).toBeGreaterThanOrEqual(requests.length * few);
  process.stderr.write(`${tried} boundaries of ${requests.length} kinds, each with the same end; PHOENIX_CRASH_SEED=${seed}\n`);
});
