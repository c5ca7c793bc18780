// The built agent is killed between a request of the built client and its answer: before anything of it is written down, or after
// all of it is. The client asks again by itself, and there is one run.
import { spawn } from "node:child_process";
import { createServer, connect, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { ask } from "../../src/ctl/fleet/host.ts";
import { startAgent } from "./support/agent.ts";
import { withAgent } from "./support/client.ts";
import { copyFolder, removeFolder } from "./support/home.ts";
import { settledHost } from "./support/kinds.ts";

const phoenixctl = resolve(import.meta.dirname, "../../dist/phoenixctl");
let settled = "";
beforeAll(async () => {
  settled = await settledHost(0);
});

const table = [
  { args: ["letsgo", "904"], when: "before" },
  { args: ["letsgo", "904"], when: "after" },
  { args: ["stop", "910"], when: "after" },
  { args: ["snapshot", "create", "906", "mine"], when: "after" },
  // 999 is not in the manifest, and is refused; who asks again must be told so too.
  { args: ["reconfigure", "903", "999"], when: "after" },
] as const;

test.each(table)("$args, and the agent dies $when it is written down", async ({ args, when }) => {
  const folder = copyFolder(settled);
  const first = startAgent(folder);
  await first.up;
  const before = await runsOf(folder);
  const between = await startWire(folder);
  const client = start(between.socket, args);
  await between.asked;
  if (when === "after") {
    between.pass();
    while ((await runsOf(folder)) === before) await new Promise((done) => setTimeout(done, 5));
  }
  await first.kill();
  between.cut();
  const second = startAgent(folder);
  await second.up;
  between.mend();

  const { code, errors } = await client;
  const partly = (args as readonly string[]).includes("999");
  expect({ code, runs: (await runsOf(folder)) - before }).toEqual({ code: partly ? 3 : 0, runs: 1 });
  expect(errors).toContain("Asking again; nothing is done twice by that.");
  if (partly) expect(errors).toContain("999");
  await between.close();
  await second.kill("SIGTERM");
  removeFolder(folder);
});

async function start(socket: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly errors: string }> {
  const env = { PATH: process.env["PATH"] ?? "", PHOENIX_SOCKET: socket, TZ: "UTC", LANG: "C.UTF-8" };
  const child = spawn(phoenixctl, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise<number | null>((done) => child.once("close", done));
  return { errors: await text(child.stderr), code: await closed };
}

function runsOf(folder: string): Promise<number> {
  return withAgent(folder, async (host) => (await ask(host, host.services.orchestration.ListRuns, { limit: 1000 })).runs.length);
}

/** A socket before the agent's, on which the second request of a client can be held back, and every answer from then on. */
interface Wire {
  readonly socket: string;
  /** Resolves when the second request has come; the first asks who the agent is. */
  readonly asked: Promise<void>;
  /** Lets the request through, and no answer. */
  readonly pass: () => void;
  readonly cut: () => void;
  /** From now on everything passes. */
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

/** gRPC's headers of a call go as a whole, and name its path in clear or not at all; so requests are told apart by when they come. */
async function startWire(folder: string): Promise<Wire> {
  const socket = join(folder, "wire.sock");
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: "first" | "held" | "one way" | "cut" | "open" = "first";
  let answered = false;
  let held: { readonly to: Socket; readonly bytes: Buffer[] } | null = null;
  const { promise: asked, resolve: hasAsked } = Promise.withResolvers<void>();
  const server: Server = createServer((client) => {
    if (state === "cut") return void client.destroy();
    const agent = connect(join(folder, "agent.sock"));
    const pair = [client, agent] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      agent.destroy();
    };
    for (const side of pair) side.on("error", end).on("close", end);
    client.on("data", (bytes: Buffer) => {
      // What comes after the first answer, and is more than an acknowledgement, is the second request.
      if (state === "first" && answered && hasHeaders(bytes)) {
        state = "held";
        hasAsked();
      }
      if (state === "held") held = { to: agent, bytes: [...(held?.bytes ?? []), bytes] };
      else agent.write(bytes);
    });
    agent.on("data", (bytes: Buffer) => {
      if (state === "held" || state === "one way") return;
      answered ||= hasHeaders(bytes);
      client.write(bytes);
    });
  });
  await new Promise<void>((done) => server.listen(socket, done));
  return {
    socket,
    asked,
    pass() {
      state = "one way";
      for (const bytes of held?.bytes ?? []) held?.to.write(bytes);
    },
    cut() {
      state = "cut";
      for (const sides of pairs) for (const side of sides) side.destroy();
    },
    mend() {
      state = "open";
    },
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** Whether there is a HEADERS frame (type 1) among HTTP/2 frames; a client's preface comes before its first ones. */
function hasHeaders(bytes: Buffer): boolean {
  const preface = bytes.toString("latin1", 0, 3) === "PRI" ? 24 : 0;
  for (let at = preface; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === 1) return true;
  return false;
}
