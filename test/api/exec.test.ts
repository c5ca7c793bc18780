import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { status, type ServiceError } from "@grpc/grpc-js";
import type { ExecResponse__Output } from "../../proto/index.ts";
import { Fault } from "../../src/agent/domain/errors.ts";
import type { Call, Command } from "../../src/agent/driver/driver.ts";
import { all, closeAll, next, serve, type FakeParts, type Served } from "./support/serve.ts";

afterEach(closeAll);

type Exec = (ctid: number, command: Command, call: Call) => Promise<number>;

const execServer = (exec: Exec, given: FakeParts = {}) => serve({ driver: { exec }, ...given });
const command = { ctid: 950, argv: ["cat", "-"], env: { A: "b" }, timeout_s: 0 };

function begin({ duplex }: Served, over: object = {}) {
  const stream = duplex<ExecResponse__Output>("host/Exec");
  stream.write({ command: { ...command, ...over } });
  return stream;
}

/** A process inside that hangs until it is killed. */
const hangs: Exec = async (_ctid, _command, { signal }) => {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
};

const stdinOf = (command: Command) => (command.stdin === "none" ? [] : command.stdin);

test("the driver gets what was asked for, and no run", async () => {
  const got: unknown[] = [];
  const served = await execServer(async (ctid, { argv, env }, { run }) => {
    got.push(ctid, argv, env, run);
    return 137;
  });
  const stream = begin(served);
  expect(await all<ExecResponse__Output>(stream)).toEqual([{ response: "exit_code", exit_code: 137 }]);
  expect(got).toEqual([950, ["cat", "-"], { A: "b" }, ""]);
});

test("bytes of every kind go in and come out, on the stream that they were written to, the exit code last", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const served = await execServer(async (_ctid, command) => {
    for await (const chunk of stdinOf(command)) {
      await command.output.stdout(chunk);
      await command.output.stderr(chunk.toReversed());
    }
    return 0;
  });
  const stream = begin(served);
  stream.write({ stdin: bytes });
  stream.end({ stdin: bytes.subarray(128) });
  expect(await all<ExecResponse__Output>(stream)).toEqual([
    { response: "stdout", stdout: bytes },
    { response: "stderr", stderr: bytes.toReversed() },
    { response: "stdout", stdout: bytes.subarray(128) },
    { response: "stderr", stderr: bytes.subarray(128).toReversed() },
    { response: "exit_code", exit_code: 0 },
  ]);
});

test("output larger than a message is cut into pieces", async () => {
  const large = Buffer.alloc(10 << 20, "abc");
  const served = await execServer(async (_ctid, { output }) => {
    await output.stdout(large);
    return 0;
  });
  const got = await all<ExecResponse__Output>(begin(served));
  expect(Buffer.concat(got.flatMap(({ stdout }) => stdout ?? [])).equals(large)).toBe(true);
});

test("a command that ends before its input does is over, whatever is still sent", async () => {
  const served = await execServer(async (_ctid, command) => {
    for await (const _ of stdinOf(command)) break;
    return 3;
  });
  const stream = begin(served);
  stream.write({ stdin: Buffer.from("a") });
  const got = all<ExecResponse__Output>(stream);
  expect(await got).toEqual([{ response: "exit_code", exit_code: 3 }]);
  expect(served.logged.filter(([level]) => level === "error")).toEqual([]);
});

test("a caller that does not read stops the process, and loses nothing", async () => {
  const total = 1000;
  let written = 0;
  const served = await execServer(async (_ctid, { output }) => {
    for (; written < total; written += 1) await output.stdout(Buffer.alloc(10_000, written % 256));
    return 0;
  });
  const stream = begin(served);
  const first = await next(stream);
  for (let before = -1, turns = 0; turns < 200; turns = written === before ? turns + 1 : 0) {
    before = written;
    await setImmediate();
  }
  expect(written).toBeLessThan(total / 2);
  const got = [first, ...(await all<ExecResponse__Output>(stream))];
  expect(got.map(({ stdout }) => stdout?.[0])).toEqual([...Array.from({ length: total }, (_, i) => i % 256), undefined]);
});

test("a process that does not read stops the caller", async () => {
  const read = Promise.withResolvers<void>();
  const served = await execServer(async (_ctid, command) => {
    await read.promise;
    let bytes = 0;
    for await (const chunk of stdinOf(command)) bytes += chunk.length;
    return bytes / 1_000_000;
  });
  const stream = begin(served);
  let accepted = 0;
  for (; accepted < 100; accepted += 1) {
    const isRoom = stream.write({ stdin: Buffer.alloc(1_000_000) });
    const drained = isRoom ? true : await Promise.race([once(stream, "drain").then(() => true), idle().then(() => false)]);
    if (!drained) break;
  }
  expect(accepted).toBeLessThan(100);
  read.resolve();
  stream.end();
  expect(await all<ExecResponse__Output>(stream)).toEqual([{ response: "exit_code", exit_code: accepted + 1 }]);
});

/** Many turns of the loop in which both sides of the socket could have moved. */
async function idle(): Promise<void> {
  for (let turns = 0; turns < 2000; turns += 1) await setImmediate();
}

test("a caller that goes away has the process killed", async () => {
  const reason = Promise.withResolvers<unknown>();
  const served = await execServer(async (ctid, command, call) => {
    await command.output.stdout(Buffer.from("x"));
    return hangs(ctid, command, call).catch((thrown: unknown) => {
      reason.resolve(thrown);
      throw thrown;
    });
  });
  const stream = begin(served);
  stream.on("error", () => null);
  await once(stream, "data");
  stream.cancel();
  expect(await reason.promise).toMatchObject({ failure: { reason: "CANCELLED" } });
});

test("an agent that ends has the process killed, and says why", async () => {
  const began = Promise.withResolvers<void>();
  const served = await execServer((...given) => {
    began.resolve();
    return hangs(...given);
  });
  const stream = begin(served);
  const failed = once(stream, "error") as Promise<[ServiceError]>;
  stream.resume();
  await began.promise;
  await served.server.close(60_000);
  expect((await failed)[0].code).toBe(status.UNAVAILABLE);
});

test("a command that takes too long is killed, and that is the error", async () => {
  const slept: number[] = [];
  const sleep = async (ms: number) => void slept.push(ms);
  const served = await execServer(hangs, { clock: { sleep } });
  const failed = await served.fails(all(begin(served, { timeout_s: 7 })));
  expect(failed).toMatchObject({ code: status.DEADLINE_EXCEEDED, message: "the command did not end within 7 s, and was killed" });
  expect(slept).toEqual([7000]);
});

test("whatever the driver says of a command that it was told to kill, the reason is why", async () => {
  const angry: Exec = (...given) => hangs(...given).catch(() => Promise.reject(new Error("killed by signal 9")));
  const served = await execServer(angry, { clock: { sleep: async () => {} } });
  expect(await served.fails(all(begin(served, { timeout_s: 7 })))).toMatchObject({ report: { reason: "TIMEOUT" } });
});

test("input that breaks off with the caller is the end of it, also for a driver that reads it on the side", async () => {
  const read = Promise.withResolvers<string>();
  const served = await execServer(async (ctid, command, call) => {
    const pump = async () => {
      for await (const _ of stdinOf(command)) await command.output.stdout(Buffer.from("x"));
    };
    pump().then(
      () => read.resolve("ended"),
      (thrown: unknown) => read.resolve(`failed: ${String(thrown)}`),
    );
    return hangs(ctid, command, call);
  });
  const stream = begin(served);
  stream.on("error", () => null);
  stream.write({ stdin: Buffer.from("a") });
  await once(stream, "data");
  stream.cancel();
  expect(await read.promise).toBe("ended");
});

test("a command that ends in time has its timer ended", async () => {
  const over = Promise.withResolvers<void>();
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => {
        over.resolve();
        reject(new Error("over"));
      });
    });
  const served = await execServer(() => Promise.resolve(0), { clock: { sleep } });
  await all(begin(served, { timeout_s: 7 }));
  await over.promise;
});

test("the driver's faults arrive as what they are", async () => {
  const served = await execServer(() => Promise.reject(new Fault("CONTAINER_NOT_RUNNING", "950 is stopped", "phoenixctl start 950")));
  const failed = await served.fails(all(begin(served)));
  expect(failed).toMatchObject({
    code: status.FAILED_PRECONDITION,
    report: { reason: "CONTAINER_NOT_RUNNING", remedy: "phoenixctl start 950" },
  });
});

describe("is refused, without the driver", () => {
  const refused = async (messages: readonly object[]) => {
    const served = await serve();
    const stream = served.duplex("host/Exec");
    for (const message of messages) stream.write(message);
    stream.end();
    const failed = await served.fails(all(stream));
    expect(failed.code).toBe(status.INVALID_ARGUMENT);
    return failed.message;
  };

  test.each<[string, readonly object[], string]>([
    ["no message at all", [], "command: expected it in the first message"],
    ["input first", [{ stdin: Buffer.from("x") }], "command: expected it in the first message"],
    ["an empty message", [{}], "command: expected it in the first message"],
    ["no container", [{ command: { ...command, ctid: 0 } }], "command.ctid: expected a container's id, 100 to 999999999, got 0"],
    ["no program", [{ command: { ...command, argv: [] } }], 'command.argv: expected a program, got "nothing"'],
    ["an empty program", [{ command: { ...command, argv: ["", "x"] } }], 'command.argv: expected a program, got ""'],
    ["a zero byte", [{ command: { ...command, argv: ["a", "b\0"] } }], 'command.argv: expected no zero bytes, got "b\\u0000"'],
    [
      "too long a command",
      [{ command: { ...command, argv: ["a".repeat(1e6)] } }],
      "command.argv: expected at most 1000000 bytes, got 1000001",
    ],
    [
      "a strange variable",
      [{ command: { ...command, env: { "A-B": "" } } }],
      'command.env: expected names of letters, digits and _, got "A-B"',
    ],
    ["a zero byte in a variable", [{ command: { ...command, env: { A: "\0" } } }], 'command.env.A: expected no zero bytes, got "\\u0000"'],
  ])("%s", async (_, messages, message) => {
    expect(await refused(messages)).toBe(message);
  });
});

test("a second command is refused, and the process killed", async () => {
  const served = await execServer(async (ctid, command, call) => {
    for await (const _ of stdinOf(command));
    return hangs(ctid, command, call);
  });
  const stream = begin(served);
  stream.write({ command });
  const failed = await served.fails(all(stream));
  expect(failed).toMatchObject({
    code: status.INVALID_ARGUMENT,
    message: "request: expected stdin, since the command was in the first message",
  });
});
