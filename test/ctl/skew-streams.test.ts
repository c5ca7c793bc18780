// What an older agent would pass over is not sent in streams either. No released contract lacks a field of these, so one ability asks for
// other fields here.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abilities } from "../../proto/abilities.ts";
import { withAgent, type FakeAgent, type Script } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { container } from "./support/samples.ts";

const lacksClone = Object.keys(abilities).filter((name) => name !== "clone");
const script = (has: readonly string[]): Script => ({
  GetHost: { hostname: "pve1", version: "0.1.0", driver: "proxmox", abilities: has },
  ListContainers: { containers: [container(950)] },
  ListEvents: { events: [], next_seq: 1 },
  GetConfig: { newest: null },
  PushConfig: { version: null, unchanged: true, report: null, unwritten: "" },
  CheckConfig: { report: null, newest: null },
  WatchEvents: (call: { end: () => void }) => call.end(),
});

/** What takes the ability to clone from now on. */
const table: Record<string, readonly string[]> = abilities;
const askFor = (field: string) => void jest.replaceProperty(table, "clone", [field]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phoenixctl-skew-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "phoenix_lxc_configs.json"), '{ "lxc_configs": {} }');
});
afterEach(() => rmSync(folder, { recursive: true }));

const streamed = new Set(["Exec", "PushConfig", "CheckConfig", "WatchEvents", "DiffSnapshot"]);
const reached = (agent: FakeAgent) => agent.calls.map(({ method }) => method).filter((method) => streamed.has(method));

describe.each<[what: string, field: string, args: () => readonly string[]]>([
  ["the first message of a conversation", "ExecCommand.timeout_s", () => ["exec", "950", "--timeout", "5s", "--", "true"]],
  ["the first message of an upload", "ConfigCommit.message", () => ["config", "push", folder, "--message", "why"]],
  ["a request whose answers are a stream", "DiffSnapshotRequest.limit", () => ["snapshot", "diff", "950", "final-form", "--limit", "5"]],
  ["a request for events", "WatchEventsRequest.ctid", () => ["events", "--follow", "--ctid", "950"]],
])("%s", (_, field, args) => {
  test("with a field that the agent does not know is not sent, and no call is made", async () => {
    askFor(field);
    const agent = await withAgent(script(lacksClone));
    const { code, stderr } = await phoenixctl(args(), { socket: agent.socket });
    expect([code, stderr]).toEqual([1, expect.stringContaining("the host runs 0.1.0, without clone, this needs ")]);
    expect(reached(agent)).toEqual([]);
  });
});

test("an upload is cut off before a message with such a field, so that nothing comes of it", async () => {
  const agent = await withAgent(script(lacksClone));
  const push = () => phoenixctl(["config", "push", folder], { socket: agent.socket });
  askFor("ConfigUploadEnd.files");
  const { code, stderr } = await push();
  expect([code, stderr]).toEqual([1, expect.stringContaining("the host runs 0.1.0, without clone, this needs ")]);
  askFor("RunOptions.source");
  await push();
  expect(reached(agent)).toEqual(["PushConfig"]);
});

test("a conversation ends before a message with such a field", async () => {
  const heard: string[] = [];
  const agent = await withAgent({
    ...script(lacksClone),
    Exec: (call) => {
      call.on("data", ({ command, stdin }) => heard.push(command ? "command" : String(stdin)));
      call.on("end", () => call.end());
    },
  });
  askFor("ExecRequest.stdin");
  const { code, stderr } = await phoenixctl(["exec", "950", "--", "cat"], { socket: agent.socket, stdin: Buffer.from("x") });
  expect([code, stderr]).toEqual([1, expect.stringContaining("the host runs 0.1.0, without clone, this needs ")]);
  expect(heard.filter((each) => each !== "command")).toEqual([]);
});
