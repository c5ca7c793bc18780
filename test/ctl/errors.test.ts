import { chmodSync, linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { start } from "./support/client.ts";
import { phoenixctl } from "./support/in-process.ts";
import { fakeAgent, refusal, type FakeAgent, type Script } from "./support/fake-agent.ts";

let agent: FakeAgent | null = null;
const folder = mkdtempSync(join(tmpdir(), "phoenixctl-errors-"));

afterEach(async () => {
  await agent?.close();
  agent = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function letsgo(script: Script) {
  agent = await fakeAgent(script);
  const { code, stdout, stderr } = await phoenixctl(["letsgo", "950"], { socket: agent.socket });
  expect(stdout).toBe("");
  expect(stderr).not.toContain("    at ");
  return [code, stderr.trimEnd().split("\n")] as const;
}

test("no socket: not running, and how to start it", async () => {
  const { code, stderr } = await phoenixctl(["ps"], { socket: "/nonexistent/agent.sock" });
  expect(code).toBe(4);
  expect(stderr).toMatchInlineSnapshot(`
   "the agent at /nonexistent/agent.sock is not running (there is no such socket).
     start it    systemctl start phoenix-agent     or: phoenix-agent --config /etc/phoenix/agent.yaml
     elsewhere   phoenixctl --socket PATH …        or: PHOENIX_SOCKET=PATH
   "
  `);
});

test.each<[string, string[], Script, object]>([
  [
    "the agent refuses",
    ["letsgo", "950", "-o", "json"],
    {
      StartRun: refusal(status.ABORTED, "950 is locked (backup)", {
        reason: "LOCKED",
        message: "950 is locked (backup)",
        remedy: "pct unlock 950",
        blockers: [],
        retry_ms: null,
      }),
    },
    { reason: "LOCKED", exit_code: 6, next: [{ label: "what to do", text: "pct unlock 950" }] },
  ],
  ["a run is not there", ["run", "show", "7QXZ", "-o", "ndjson"], {}, { reason: null, exit_code: 1 }],
])("programs get what can't be done as a record: %s", async (_, args, script, error) => {
  agent = await fakeAgent(script);
  const { code, stdout, stderr } = await phoenixctl(args, { socket: agent.socket });
  const record = JSON.parse(stdout) as { error: { message: string; exit_code: number } };
  expect(record).toMatchObject({ error });
  expect(record.error.exit_code).toBe(code);
  expect(stderr).toContain(record.error.message);
});

test("a socket that nobody listens on, and a file that is none", async () => {
  const stale = join(folder, "stale.sock");
  const server = createServer().listen(stale);
  await once(server, "listening");
  // What a killed agent leaves behind; an orderly close would remove it.
  const left = join(folder, "left.sock");
  linkSync(stale, left);
  await new Promise((resolve) => server.close(resolve));
  writeFileSync(join(folder, "file"), "");
  for (const name of ["left.sock", "file"]) {
    const { code, stderr } = await phoenixctl(["ps"], { socket: join(folder, name) });
    expect([code, stderr]).toEqual([4, expect.stringContaining(`${name} is not running (nobody listens on its socket).`)]);
  }
});

test("a socket that belongs to somebody else", async () => {
  if (process.getuid?.() !== 0) return; // Only root can become somebody else.
  agent = await fakeAgent({});
  chmodSync(dirname(agent.socket), 0o755);
  chmodSync(agent.socket, 0o600);
  const { code, stderr } = await start(["ps"], { socket: agent.socket, uid: 65534 }).ended;
  expect([code, stderr]).toEqual([5, expect.stringContaining("no permission to use the agent's socket")]);
  expect(stderr).toContain("sudo phoenixctl");
});

test("what the agent says goes through: a message, what state things are in, what to do", async () => {
  const report = { reason: "BUSY", remedy: "phoenixctl run watch 01K4…7QXZ, or --wait" };
  expect(await letsgo({ StartRun: refusal(status.FAILED_PRECONDITION, "run 01K4…7QXZ has 950.", report) })).toEqual([
    6,
    [
      "letsgo of 950 on pve1 is refused: run 01K4…7QXZ has 950. Nothing was changed.",
      "  what to do   phoenixctl run watch 01K4…7QXZ, or --wait",
    ],
  ]);
});

test.each([
  [status.INVALID_ARGUMENT, "INVALID", 2, "Nothing was changed."],
  [status.PERMISSION_DENIED, "FORBIDDEN", 5, "Nothing was changed."],
  [status.INTERNAL, "STORE", 1, "journalctl -u phoenix-agent"],
  [status.NOT_FOUND, "NOT_FOUND", 1, "went wrong"],
  [status.DEADLINE_EXCEEDED, "TIMEOUT", 1, "went wrong"],
])("gRPC status %s with reason %s exits %s", async (code, reason, expected, words) => {
  const [actual, lines] = await letsgo({ StartRun: refusal(code, "it went wrong", { reason }) });
  expect(actual).toBe(expected);
  expect(lines.join("\n")).toContain("letsgo of 950 on pve1 failed: it went wrong.");
  expect(lines.join("\n")).toContain(words);
});

test("an agent on its way out, asked for something that is not insisted on", async () => {
  agent = await fakeAgent({ ListContainers: refusal(status.UNAVAILABLE, "the agent is stopping", { reason: "SHUTTING_DOWN" }) });
  const { code, stderr } = await phoenixctl(["ps"], { socket: agent.socket });
  expect([code, stderr.split("\n")[0]]).toEqual([4, "ps on pve1 failed: the agent is stopping. Nothing was changed."]);
});

test("an agent that is too old, and a defect of the agent", async () => {
  expect(await letsgo({})).toEqual([
    1,
    [
      "letsgo of 950 on pve1 failed: the host runs 9.9.9, this needs a newer one, since this client runs from its sources. Nothing was changed.",
      "  compare   phoenixctl version --all-hosts",
    ],
  ]);
  await agent?.close();
  agent = await fakeAgent({ Lease: refusal(status.INTERNAL, "boom \u001b[31m") });
  const { code, stderr } = await phoenixctl(["gpu", "lease", "950", "--for", "1h"], { socket: agent.socket });
  expect([code, stderr.split("\n")[0]]).toEqual([1, "lease of 950 on pve1 failed: boom. Whether it was done is not known."]);
});
