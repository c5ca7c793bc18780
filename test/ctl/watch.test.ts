import { status, type ServiceError } from "@grpc/grpc-js";
import type { RunEvent__Output } from "../../proto/types.ts";
import { connect, type Host } from "../../src/ctl/fleet/host.ts";
import { socketPlace } from "../../src/ctl/fleet/places.ts";
import { Trouble } from "../../src/ctl/fleet/trouble.ts";
import { watchRun } from "../../src/ctl/fleet/watch.ts";
import { onInterrupt } from "../../src/ctl/follow/interrupt.ts";
import { start } from "./support/client.ts";
import { fakeAgent, streams, type FakeAgent, type Script } from "./support/fake-agent.ts";
import { ended, event, printed, run, runId, started, stepBy } from "./support/samples.ts";

let agent: FakeAgent;
let host: Host | null = null;

afterEach(async () => {
  host?.client.close();
  host = null;
  await agent.close();
});

const events = [
  event(0, "started", {}),
  started(0, stepBy("application")),
  printed(1, "application", "one\n"),
  printed(2, "application", "two\n"),
  event(3, "finished", { run: ended(3) }),
];
const quick = { giveUp: 10_000, firstPause: 1, longestPause: 50 };

async function watching(script: Script) {
  agent = await fakeAgent(script);
  host = await connect(socketPlace(agent.socket));
  return host;
}

async function collect(generator: AsyncIterable<RunEvent__Output>): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for await (const each of generator) seen.push(each.output?.text ?? each.event);
  return seen;
}

test("a watch goes on where it was after the agent was killed, and tells nothing twice", async () => {
  const to = await watching({ WatchRun: streams(events.slice(0, 3), "stay") });
  const told: string[] = [];
  const connection = { lost: () => told.push("lost"), back: () => told.push("back") };
  const seen: (string | undefined)[] = [];
  for await (const each of watchRun(to, runId, connection, new AbortController().signal, quick)) {
    seen.push(each.output?.text ?? each.event);
    if (each.output?.text !== "one\n") continue;
    await agent.kill();
    await agent.restart({ WatchRun: streams(events) });
  }
  expect(seen).toEqual(["started", "step_started", "one\n", "two\n", "finished"]);
  expect(agent.calls.filter(({ method }) => method === "WatchRun").at(-1)?.request).toMatchObject({ from_seq: 4 });
  expect([told.includes("lost"), told.at(-1)]).toEqual([true, "back"]);
});

test("a stream that ends before the run has is taken up again", async () => {
  let times = 0;
  const to = await watching({ WatchRun: (call) => streams(events.slice(0, (times += 2)))(call) });
  expect(await collect(watchRun(to, runId, { lost: () => {}, back: () => {} }, new AbortController().signal, quick))).toEqual([
    "started",
    "step_started",
    "one\n",
    "two\n",
    "finished",
  ]);
});

test("an agent that tells everything again is heard once", async () => {
  let times = 0;
  const told = events.map((each, index) => ({ ...each, seq: index + 1 }));
  const to = await watching({
    WatchRun: (call) => {
      for (const each of told.slice(0, (times += 3))) call.write({ event: each });
      call.end();
    },
  });
  expect(await collect(watchRun(to, runId, { lost: () => {}, back: () => {} }, new AbortController().signal, quick))).toHaveLength(5);
});

test("Ctrl-C is left to others once nothing is waited for, but never again after it came", () => {
  const before = process.listenerCount("SIGINT");
  onInterrupt().end();
  expect(process.listenerCount("SIGINT")).toBe(before);
  const second = onInterrupt();
  process.emit("SIGINT");
  second.end();
  expect([second.signal.aborted, process.listenerCount("SIGINT")]).toEqual([true, before + 1]);
  process.removeAllListeners("SIGINT");
});

test("a watch gives up when the agent stays away, and at once when it says no", async () => {
  const to = await watching({ WatchRun: streams(events.slice(0, 2), "stay") });
  const idle = { lost: () => {}, back: () => {} };
  const watched = watchRun(to, runId, idle, new AbortController().signal, { ...quick, giveUp: 1 });
  await watched.next();
  await agent.kill();
  await expect(collect(watched)).rejects.toMatchObject({ code: status.UNAVAILABLE, report: null });

  await agent.restart({
    WatchRun: (call) =>
      void call.emit("error", Object.assign(new Error("no such run"), { code: status.NOT_FOUND }) as Partial<ServiceError>),
  });
  await expect(collect(watchRun(to, runId, idle, new AbortController().signal, quick))).rejects.toBeInstanceOf(Trouble);
});

test("the client tells that the connection is lost, and sees the run to its end", async () => {
  agent = await fakeAgent({ GetRun: { run: run() }, WatchRun: streams(events.slice(0, 3), "stay") });
  const client = start(["run", "watch", runId], { socket: agent.socket });
  await client.said("one");
  await agent.kill();
  await client.said("connection to the agent lost");
  await agent.restart({ WatchRun: streams(events) });
  const { code, stdout } = await client.ended;
  expect(code).toBe(0);
  expect(stdout.match(/output +(one|two)/g)).toHaveLength(2);
});

test("Ctrl-C ends the watching, not the run, and says how to watch it; a second one changes nothing", async () => {
  agent = await fakeAgent({ StartRun: { runs: [run()], refused: [] }, WatchRun: streams(events.slice(0, 3), "stay") });
  const client = start(["letsgo", "950"], { socket: agent.socket });
  await client.said("one");
  client.child.kill("SIGINT");
  client.child.kill("SIGINT");
  const { code, signal, stderr } = await client.ended;
  expect([code, signal]).toEqual([130, null]);
  expect(stderr).toBe("Interrupted. The run goes on.\n  watch 950     phoenixctl run watch 01K4…7QXZ\n");
  expect(agent.calls.map(({ method }) => method)).not.toContain("CancelRun");
});

test("Ctrl-C before the agent has answered", async () => {
  agent = await fakeAgent({ StartRun: "hang" });
  const client = start(["letsgo", "950"], { socket: agent.socket });
  await agent.called("StartRun");
  client.child.kill("SIGINT");
  const stderr = "Interrupted. Whether anything has begun is not known; see: phoenixctl run list\n";
  expect(await client.ended).toMatchObject({ code: 130, stderr });
});
