import { toTimestamp } from "../../proto/time.ts";
import { fakeAgent, type FakeAgent, type Script } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { noon } from "./support/samples.ts";

let agent: FakeAgent | null = null;

async function withAgent(script: Script): Promise<FakeAgent> {
  agent = await fakeAgent(script);
  return agent;
}

afterEach(async () => {
  await agent?.close();
  agent = null;
});

const lease = { ctid: 950, holder: "ana", reason: "demo", since: toTimestamp(noon), until: toTimestamp(noon + 7_200_000) };
const env = { SUDO_USER: "ana" };

test("a lease is asked for in the name of whoever said sudo, and told in the reader's time", async () => {
  const { socket, calls } = await withAgent({ Lease: { lease } });
  const { code, stdout } = await phoenixctl(["gpu", "lease", "950", "--for", "2h", "--reason", "demo"], { socket, env });
  expect(stdout).toBe("950 on pve1 is leased by ana until 16:01 (demo).\n  release   phoenixctl gpu release 950\n");
  expect(code).toBe(0);
  expect(calls.at(-1)).toEqual({ method: "Lease", request: { ctid: 950, for_s: 7200, holder: "ana", reason: "demo" } });
});

test("a lease is released", async () => {
  const { socket, calls } = await withAgent({ Release: { lease: { ...lease, reason: "" } } });
  const { stdout } = await phoenixctl(["gpu", "release", "950", "--force"], { socket, env });
  expect(stdout).toBe("950 on pve1 is released; it was leased by ana until 16:01.\n");
  expect(calls.at(-1)).toEqual({ method: "Release", request: { ctid: 950, holder: "ana", force: true } });
});

test("programs get a record", async () => {
  const { socket } = await withAgent({ Lease: { lease } });
  const { stdout } = await phoenixctl(["gpu", "lease", "950", "--for", "2h", "-o", "json"], { socket, env });
  expect(JSON.parse(stdout)).toMatchObject({ ctid: 950, holder: "ana", reason: "demo", until: "2026-11-23T15:01:00.000Z" });
});

test("a lease without a time is a mistake", async () => {
  expect((await phoenixctl(["gpu", "lease", "950"])).code).toBe(2);
});
