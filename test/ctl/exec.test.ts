import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { start } from "./support/client.ts";
import { fakeAgent, type Executing, type FakeAgent } from "./support/fake-agent.ts";
import { container, ended, event, printed, run } from "./support/samples.ts";

let agent: FakeAgent;

afterEach(() => agent.close());

/** A container in which `cat` runs: what comes in goes out, and the code is 7. */
function cat(call: Executing): void {
  call.on("data", ({ command, stdin }) => {
    if (command) call.write({ stderr: Buffer.from(JSON.stringify(command)) });
    if (stdin) call.write({ stdout: stdin });
  });
  call.on("end", () => {
    call.write({ exit_code: 7 });
    call.end();
  });
}

test("passes bytes both ways and ends with the command's code", async () => {
  agent = await fakeAgent({ Exec: cat });
  const stdin = randomBytes(3 << 20);
  const result = await start(["exec", "950", "--env", "A=b=c", "--env", "D=", "--timeout", "5m", "--", "cat", "-n", "--help"], {
    socket: agent.socket,
    stdin,
  }).ended;
  expect(result.code).toBe(7);
  expect(result.bytes.equals(stdin)).toBe(true);
  expect(JSON.parse(result.stderr)).toEqual({ ctid: 950, argv: ["cat", "-n", "--help"], env: { A: "b=c", D: "" }, timeout_s: 300 });
});

test("ends when the command does, even if nobody ends its standard input", async () => {
  agent = await fakeAgent({
    Exec: (call) => {
      call.write({ stdout: Buffer.from([0, 255, 10]) });
      call.write({ exit_code: 0 });
      call.end();
    },
  });
  const client = start(["exec", "950", "--", "true"], { socket: agent.socket, stdin: "open" });
  const { code, bytes } = await client.ended;
  expect([code, [...bytes]]).toEqual([0, [0, 255, 10]]);
});

test("says what went wrong when there is no exit code", async () => {
  agent = await fakeAgent({
    Exec: (call) =>
      void call.emit("error", Object.assign(new Error("x"), { code: status.FAILED_PRECONDITION, details: "950 is not running" })),
  });
  const { code, stderr } = await start(["exec", "950", "--", "true"], { socket: agent.socket }).ended;
  expect([code, stderr]).toEqual([6, "exec in 950 on pve1 is refused: 950 is not running. Nothing was changed.\n"]);
});

test("Ctrl-C ends the command, with 130", async () => {
  agent = await fakeAgent({ Exec: (call) => void call.write({ stdout: Buffer.from("up") }) });
  const client = start(["exec", "950", "--", "sleep"], { socket: agent.socket, stdin: "open" });
  await client.said("up");
  client.child.kill("SIGINT");
  expect(await client.ended).toMatchObject({ code: 130, stderr: "" });
});

test("ends quietly when nobody reads its output any more", async () => {
  const containers = Array.from({ length: 3000 }, (_, index) => container(100 + index));
  const logs = Array.from({ length: 500 }, (_, index) => printed(index, "application", `${"x".repeat(4000)}\n`));
  agent = await fakeAgent({
    ListContainers: { containers },
    GetRun: { run: run() },
    WatchRun: (call) => {
      for (const [index, each] of [...logs, event(600, "finished", { run: ended(9) })].entries())
        call.write({ event: { ...each, seq: index + 1 } });
      call.end();
    },
  });
  for (const args of [["ps"], ["run", "logs", "7QXZ"], ["run", "watch", "7QXZ"]]) {
    const client = start(args, { socket: agent.socket });
    client.child.stdout?.destroy();
    const [code] = await once(client.child, "exit");
    expect(code).toBe(141);
  }
});
