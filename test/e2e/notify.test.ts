// A webhook of the owner's is told of a failed run by the built agent, whatever becomes of agent and webhook.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { executables, makeHouse, simGround, until, type House, type Said } from "./support/house.ts";

const secret = "0123456789abcdef0123456789abcdef";

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook that answers with a status, or not at all, as it is told to. */
let answers: number | "silence" | "redirect" = 200;
let got: Got[] = [];
let server: Server;
let port: number;
let house: House;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      if (answers === "silence") return;
      if (answers === "redirect") response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` });
      else response.writeHead(answers);
      response.end("thanks");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

beforeEach(() => {
  got = [];
  answers = 200;
  house = makeHouse({
    ...simGround(),
    settings: [
      "driver: sim",
      "sim: { state: sim.json, faults: faults.json, unknown_commands: succeed }",
      `notify: { url: "http://127.0.0.1:${port}/hook", secret_file: secret, timeout_s: 1 }`,
    ],
  });
  writeFileSync(join(house.folder, "secret"), `${secret}\n`, { mode: 0o600 });
});
afterEach(async () => {
  server.closeAllConnections();
  await house.dispose();
});

/** Begins a run that fails. */
function fail(ctid: number): void {
  writeFileSync(
    join(house.folder, "faults.json"),
    '[{"call":"create","do":"fail","message":"no room for token=abcdefgh","reason":"NO_SPACE"}]',
  );
  expect(house.ctl("orchestrate", String(ctid)).code).toBe(1);
}

/** The newest comes first. */
const runs = () => (JSON.parse(house.ctl("run", "list", "-o", "json").out) as { runs: { id: string }[] }).runs.map(({ id }) => id);

function checked({ headers, body }: Got): { readonly id: string; readonly event: string; readonly run: Record<string, unknown> } {
  const [, time = "", mac = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-phoenix-signature"])) ?? [];
  expect(mac).toBe(createHmac("sha256", secret).update(`${time}.${body}`).digest("hex"));
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(300);
  const message = JSON.parse(body) as { id: string; event: string; run: Record<string, unknown> };
  expect(headers["x-phoenix-delivery"]).toBe(message.id);
  return message;
}

/** The agent's own command, which the webhook of this process has to answer meanwhile. */
async function notifyTest(): Promise<Said> {
  const child = spawn(executables.agent, ["notify", "test", "--config", join(house.folder, "agent.yaml")], {
    env: { PATH: process.env["PATH"], HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1", NODE_USE_ENV_PROXY: "1" },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, out, err };
}

test("it is signed, says what failed, where and why, and comes again until it is taken", async () => {
  answers = 500;
  await house.startAgent();
  fail(900);
  await until(() => got.length === 1);
  answers = 200;
  await until(() => got.length === 2);
  const [first, second] = got.map(checked);
  expect(second).toEqual(first);
  expect(first).toMatchObject({
    event: "run.failed",
    run: { kind: "orchestrate", ctid: 900, result: "failed", reason: "NO_SPACE", message: "no room for token=…" },
  });
  await until(() => house.agentLog().includes("a notification has arrived"));
  expect(house.agentLog()).not.toContain("abcdefgh");
});

test("an agent that is killed while it sends sends it again, and one whose webhook is not there goes on when it is", async () => {
  answers = "silence";
  await house.startAgent();
  fail(900);
  await until(() => got.length === 1);
  await house.endAgent("SIGKILL");
  answers = 200;
  await house.startAgent();
  fail(900);
  // A machine that is slow lets the first one run out of time before the agent is killed, and then it comes a third time.
  await until(() => new Set(got.map(({ body }) => body)).size === 2);
  const messages = got.map(checked);
  expect(messages.map(({ run }) => runs().indexOf(String(run["id"])))).toEqual([...messages.slice(1).map(() => 1), 0]);
  expect(messages.length).toBeGreaterThan(2);
  await until(() => house.agentLog().split("a notification has arrived").length === 3);
  // And nothing is left for the next life.
  await house.endAgent("SIGTERM");
  await house.startAgent();
  fail(900);
  await until(() => got.length > messages.length);
  expect(got.slice(messages.length).map((each) => runs().indexOf(String(checked(each).run["id"])))).toEqual([0]);
});

test("notify test tries it without an agent and past any proxy", async () => {
  expect(await notifyTest()).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringMatching(/^The test notification \w{26} has arrived/) as string,
  });
  expect(checked(got[0] ?? { headers: {}, body: "" })).toMatchObject({ event: "test", run: null });
});

test.each<[number | "silence" | "redirect", string]>([
  [404, "has not arrived: it answered 404"],
  ["redirect", "it answered 307, a redirect, and none is followed"],
  ["silence", "no answer within 1 s"],
])("a webhook that answers %s: notify test says so", async (status, expected) => {
  answers = status;
  const { code, err } = await notifyTest();
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(expected) as string });
  expect(got).toHaveLength(1);
});

test.each<[string, () => void, string]>([
  ["no secret", () => writeFileSync(join(house.folder, "secret"), "short\n"), "secret of 5 bytes, expected 16 at least"],
  [
    "no url",
    () => writeFileSync(join(house.folder, "agent.yaml"), "driver: sim\nnotify: { secret_file: secret }\n"),
    "2:9 notify: expected both url and secret_file, or neither: what is sent is signed; url is missing",
  ],
  ["nothing set", () => writeFileSync(join(house.folder, "agent.yaml"), "driver: sim\n"), "notify is not set"],
])("%s: one clear error", async (_, edit, expected) => {
  edit();
  const { code, err } = await notifyTest();
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(expected) as string });
});
