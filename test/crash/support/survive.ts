// One run through deaths of the agent, to its end.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run__Output as Run } from "../../../proto/types.ts";
import type { CallRecord } from "../../../src/agent/driver/sim/calls.ts";
import type { FaultRule } from "../../../src/agent/driver/sim/faults.ts";
import { logOf, startAgent, type Agent } from "./agent.ts";
import { begin, ended, unfinished, withAgent, type Request } from "./client.ts";

/** More lives than this are not needed for one death, and mean that the agent dies by itself. */
const mostLives = 20;

/**
 * Asks for runs and sees them to their end, over as many lives of the agent as it takes; `disturb` is told of each life.
 * Afterwards nothing is unfinished, and the agent has ended.
 */
export async function survive(
  folder: string,
  requests: readonly Request[],
  disturb: (agent: Agent) => void = () => {},
  lives = mostLives,
): Promise<readonly Run[]> {
  for (let life = 1; life <= lives; life += 1) {
    const agent = startAgent(folder);
    try {
      disturb(agent);
      if ((await agent.up) === "gone") continue;
      const came = await Promise.race([agent.gone, seeThrough(folder, requests, agent)]);
      if (came !== "gone") return came;
    } finally {
      await agent.kill();
    }
  }
  throw new Error(`the agent died ${lives} times, and the runs have not ended: ${logOf(folder)}`);
}

/**
 * Asks for runs one after the other, each in the life of the agent in which the one before has ended; `disturb` is told of each before it is
 * asked for. Gives how each ended and how often the agent died of it. Afterwards the agent has ended.
 */
export async function surviveInTurn(
  folder: string,
  requests: readonly Request[],
  disturb: (request: Request) => void,
): Promise<readonly { readonly run: Run; readonly deaths: number }[]> {
  const survived: { readonly run: Run; readonly deaths: number }[] = [];
  let agent = startAgent(folder);
  try {
    for (const request of requests) {
      disturb(request);
      for (let deaths = 0; ; deaths += 1) {
        if (deaths === mostLives) throw new Error(`the agent died ${deaths} times of ${request.name}: ${logOf(folder)}`);
        if (agent.isGone()) agent = startAgent(folder);
        const came = (await agent.up) === "gone" ? "gone" : await Promise.race([agent.gone, seeThrough(folder, [request], agent)]);
        if (came === "gone") continue;
        survived.push(...came.map((run) => ({ run, deaths })));
        break;
      }
    }
  } finally {
    await agent.kill();
  }
  return survived;
}

async function seeThrough(folder: string, requests: readonly Request[], agent: Agent): Promise<readonly Run[] | "gone"> {
  try {
    return await withAgent(folder, async (host) => {
      const runs = await Promise.all(requests.map(async (request) => ended(host, (await begin(host, request)).id)));
      const left = await unfinished(host);
      if (left.length > 0) throw new Error(`nobody works on ${left.join(", ")}`);
      return runs;
    });
  } catch (error) {
    // A call that fails because the agent is gone, or going, is of no interest.
    const going = new Promise<"stays">((done) => setTimeout(done, 1000, "stays"));
    if ((await Promise.race([agent.gone, going])) === "gone") return "gone";
    throw error;
  }
}

/** Rules for the simulated platform from now on. */
export function setFaults(folder: string, rules: readonly FaultRule[]): void {
  writeFileSync(join(folder, "faults.json"), JSON.stringify(rules));
}

/** The calls that the platform has seen of a run. */
export function callsOf(folder: string, { id }: Run): readonly CallRecord[] {
  const lines = readFileSync(join(folder, "calls.log"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as CallRecord).filter(({ run }) => run === id);
}
