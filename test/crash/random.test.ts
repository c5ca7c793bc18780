// Runs of every kind go on at once, and the built agent is killed again and again: in a call to its platform, or at any moment of
// its life, its start included. When it is left in peace, each run ends where it ends undisturbed. With what it printed as
// PHOENIX_CRASH_SEED the same kills are tried again, as far as the machine does the rest of it alike.
import type { FaultRule } from "../../src/agent/driver/sim/faults.ts";
import type { Agent } from "./support/agent.ts";
import { copyFolder, removeFolder } from "./support/home.ts";
import { requests, settledHost } from "./support/kinds.ts";
import { inLanes, randomFrom, seed, tryAll } from "../support/random.ts";
import { leftBehind } from "./support/state.ts";
import { setFaults, survive } from "./support/survive.ts";

jest.setTimeout(tryAll ? 3_600_000 : 600_000);

const kills = tryAll ? 2000 : 100;
/** The agent is killed so often before its runs are let end. */
const killsARound = 20;
/** So long each call takes, in milliseconds, so that a kill finds many runs under way. */
const latency = 5;
/** A kill by the clock comes within so many milliseconds of the agent's start. */
const longest = 600;

test(`${kills} kills: every run ends as if there had been none`, async () => {
  const settled = await settledHost(latency);
  const undisturbed = copyFolder(settled);
  const runs = await survive(undisturbed, requests);
  expect(runs.map(({ state }) => state)).toEqual(requests.map(({ comesTo }) => comesTo));
  const expected = new Map(runs.map((run) => [run.ctid, leftBehind(undisturbed, run)]));
  let [killed, converged] = [0, 0];

  await inLanes(
    Array.from({ length: kills / killsARound }, (_, at) => at),
    2,
    async (round) => {
      const random = randomFrom(seed + round);
      const folder = copyFolder(settled);
      const disturb = disturber(folder, random, () => (killed += 1));
      const ended = await survive(folder, requests, disturb, killsARound * 3);
      for (const run of ended) {
        const left = leftBehind(folder, run);
        if (left !== expected.get(run.ctid)) expect({ round, seed, left }).toEqual({ round, seed, left: expected.get(run.ctid) });
        converged += 1;
      }
      removeFolder(folder);
    },
  );
  process.stderr.write(
    `${killed} random kills, ${converged} runs of ${requests.length} kinds, each with the same end; PHOENIX_CRASH_SEED=${seed}\n`,
  );
});

/** Kills the first lives of an agent, each in one of two ways. */
function disturber(folder: string, random: () => number, killed: () => void): (agent: Agent) => void {
  let life = 0;
  return (agent) => {
    life += 1;
    setFaults(folder, []);
    if (life > killsARound) return;
    void agent.gone.then(killed);
    if (random() < 0.5) {
      const when = (["before", "during", "after"] as const)[Math.floor(random() * 3)] ?? "before";
      // The message makes it another rule than the one before, with a count of its own.
      const rule: FaultRule = { call: "*", nth: 1 + Math.floor(random() * 20), when, do: "crash", message: `life ${life}` };
      setFaults(folder, [rule]);
    }
    // Also where a rule is to kill it: it may never come to that many calls.
    const timer = setTimeout(() => void agent.kill(), random() * longest);
    void agent.gone.then(() => clearTimeout(timer));
  };
}
