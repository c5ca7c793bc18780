import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { liveArea } from "../../src/ctl/follow/terminal.ts";
import { span } from "../../src/ctl/render/line.ts";
import { fakeAgent, streams, type FakeAgent } from "./support/fake-agent.ts";
import { phoenixctl } from "./support/in-process.ts";
import { container, ended, event, finished, lookAt, run, started, stepBy } from "./support/samples.ts";

let agent: FakeAgent | null = null;
afterEach(async () => agent?.close());

const terminal = { columns: 80, rows: 24 };
const events = [event(0, "started", {}), started(0, stepBy("start")), finished(1, "start", 1), event(112, "finished", { run: ended(112) })];

test("on a terminal the last frame stays, with the sentence below it", async () => {
  agent = await fakeAgent({ StartRun: { runs: [run()], refused: [] }, WatchRun: streams(events) });
  const { code, stdout } = await phoenixctl(["letsgo", "950", "--no-color"], { socket: agent.socket, terminal });
  expect(code).toBe(0);
  const last = stdout.slice(stdout.lastIndexOf("pve1 · 950"));
  expect(last).toMatchInlineSnapshot(`
   "pve1 · 950 vllm-qwen2.5-7b-awq · letsgo · run 01K4…7QXZ
     ✓ start                                                                 1.0 s

   950 is running on pve1, healthy, final-form of 14:03. 1 m 52 s, 0.4 s of it
   Phoenix.
   "
  `);
});

test("where nothing begins there is nothing live", async () => {
  const blocker = { reason: "LOCKED", ctid: 950, message: "locked by a backup", remedy: "" };
  agent = await fakeAgent({ StartRun: { runs: [], refused: [{ ...run().plan, blockers: [blocker] }] } });
  const { code, stdout, stderr } = await phoenixctl(["letsgo", "950"], { socket: agent.socket, terminal });
  expect([code, stdout]).toEqual([6, ""]);
  expect(stripVTControlCharacters(stderr)).toBe("letsgo of 950 on pve1 is refused. Nothing was changed.\n  locked  locked by a backup\n");
});

test("colours are for terminals, and for those who want them", async () => {
  agent = await fakeAgent({ ListContainers: { containers: [container(950)] } });
  const { socket } = agent;
  const colored = (await phoenixctl(["ps"], { socket, terminal })).stdout;
  expect(colored).toContain("\x1b[32mrunning");
  const plain = stripVTControlCharacters(colored);
  for (const options of [{ terminal, env: { NO_COLOR: "1" } }, { terminal, env: { TERM: "dumb" } }, {}]) {
    expect((await phoenixctl(["ps"], { socket, ...options })).stdout).toBe(plain);
  }
  expect((await phoenixctl(["ps", "--no-color"], { socket, terminal })).stdout).toBe(plain);
});

test("a frame takes the place of the last one, also after the terminal has become narrower", () => {
  const out = new PassThrough();
  const area = liveArea(out as unknown as WriteStream);
  const drawn = () => (out.read() as Buffer | null)?.toString() ?? "";
  area.draw([[span("a".repeat(60))], [span("b")]], lookAt(0));
  expect(drawn()).toBe(`${"a".repeat(60)}\nb\n`);
  area.draw([[span("c")]], lookAt(0));
  expect(drawn()).toBe("\x1b[2A\r\x1b[Jc\n");
  area.draw([[span("c")]], lookAt(0));
  expect(drawn()).toBe("");
  area.draw([[span("d".repeat(90))]], lookAt(0));
  expect(drawn()).toBe(`\x1b[1A\r\x1b[J${"d".repeat(78)}…\n`);
  area.draw([[span("e")]], lookAt(0, { width: 30 }));
  expect(drawn()).toBe("\x1b[3A\r\x1b[Je\n");
});
