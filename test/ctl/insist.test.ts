import { status } from "@grpc/grpc-js";
import { ask, connect, type Host } from "../../src/ctl/fleet/host.ts";
import { socketPlace } from "../../src/ctl/fleet/places.ts";
import { insist } from "../../src/ctl/fleet/insist.ts";
import { start } from "./support/client.ts";
import { fakeAgent, refusal, streams, type FakeAgent } from "./support/fake-agent.ts";
import { ended, event, run, runId } from "./support/samples.ts";

let agent: FakeAgent;
let host: Host | null = null;

afterEach(async () => {
  host?.client.close();
  host = null;
  await agent.close();
});

const quick = { giveUp: 10_000, firstPause: 1, longestPause: 50 };
const idle = { lost: () => {}, back: () => {} };
const answer = { runs: [run()], refused: [] };

test("the agent is killed before it has answered: the client asks again with the same request_id, and says so", async () => {
  agent = await fakeAgent({ StartRun: "hang" });
  const client = start(["letsgo", "950"], { socket: agent.socket });
  await agent.called("StartRun");
  await agent.kill();
  await client.said("Asking again");
  await agent.restart({ StartRun: answer, WatchRun: streams([event(0, "started", {}), event(3, "finished", { run: ended(3) })]) });
  const { code, stderr } = await client.ended;
  expect([code, stderr]).toEqual([
    0,
    "The connection to the agent broke before it had answered. Asking again; nothing is done twice by that.\n",
  ]);
  const ids = agent.calls.flatMap(({ method, request }) => (method === "StartRun" ? [(request as { request_id: string }).request_id] : []));
  expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
});

test("an agent on its way out is asked again", async () => {
  let times = 0;
  agent = await fakeAgent({
    StartRun: () => {
      if ((times += 1) < 3) throw refusal(status.UNAVAILABLE, "the agent is stopping", { reason: "SHUTTING_DOWN" });
      return answer;
    },
  });
  host = await connect(socketPlace(agent.socket));
  const to = host;
  const { runs } = await insist(to, idle, new AbortController().signal, () => startRun(to), quick);
  expect([times, runs[0]?.id]).toEqual([3, runId]);
});

test("it gives up when the agent stays away, and asks once when the agent says no, or when nobody wants to know any more", async () => {
  agent = await fakeAgent({ StartRun: refusal(status.ABORTED, "950 is busy", { reason: "BUSY" }) });
  host = await connect(socketPlace(agent.socket));
  const to = host;
  let calls = 0;
  const counted = () => {
    calls += 1;
    return startRun(to);
  };
  await expect(insist(to, idle, new AbortController().signal, counted, quick)).rejects.toMatchObject({ code: status.ABORTED });
  expect(calls).toBe(1);

  await agent.kill();
  await expect(insist(to, idle, AbortSignal.abort(), counted, quick)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  expect(calls).toBe(2);
  await expect(insist(to, idle, new AbortController().signal, counted, { ...quick, giveUp: 100 })).rejects.toMatchObject({
    code: status.UNAVAILABLE,
    report: null,
  });
  expect(calls).toBeGreaterThan(3);
});

function startRun(to: Host) {
  const spec = { kind: "RUN_KIND_LETSGO" as const, ctids: [950] };
  return ask(to, to.services.orchestration.StartRun, { request_id: "request", spec });
}
