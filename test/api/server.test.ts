import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { loadContract } from "../../proto/index.ts";
import { methods as known } from "../../src/agent/api/methods.ts";
import { claimSocket } from "../../src/agent/api/socket.ts";
import { startServer } from "../../src/agent/api/server.ts";
import { record } from "./support/runs.ts";
import { closeAll, fakeParts, serve, temporaryFolder } from "./support/serve.ts";
import { world } from "./support/world.ts";

afterEach(closeAll);

const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const request = { request_id: "r", ctid: 950, name: "mine", run_id: "AAAA", spec: { kind: "RUN_KIND_LETSGO", ctids: [950] } };

describe("the socket", () => {
  test("is nobody's but its owner's, and the mask is as it was", async () => {
    const before = process.umask(0o022);
    const { socket } = await serve();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(process.umask(before)).toBe(0o022);
  });

  test("is taken over from an agent that was killed", async () => {
    const socket = join(temporaryFolder(), "agent.sock");
    const listen = `require("node:net").createServer().listen(process.argv[1], () => console.log("up"))`;
    const killed = spawn(process.execPath, ["-e", listen, socket], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(existsSync(socket)).toBe(true);
    const { call } = await serve({}, { socket });
    expect(await call("host/GetHost")).toMatchObject({ hostname: "pve1" });
  });

  test("is left alone while another agent answers on it", async () => {
    const { socket, call } = await serve();
    await expect(startServer(socket, fakeParts({}, silent))).rejects.toMatchObject({
      failure: {
        reason: "INVALID",
        message: `socket: another agent answers on ${socket}`,
        remedy: expect.stringContaining("stop it first"),
      },
    });
    expect(await call("host/GetHost")).toMatchObject({ hostname: "pve1" });
  });

  test("is left alone while somebody holds it who answers nothing", async () => {
    const socket = join(temporaryFolder(), "other.sock");
    const other = createServer().listen(socket);
    await once(other, "listening");
    await expect(claimSocket(socket)).rejects.toThrow("another agent answers");
    other.close();
    await once(other, "close");
  });

  test("is no other file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "precious");
    await expect(claimSocket(file)).rejects.toThrow(`socket: ${file} exists and is no socket`);
    expect(existsSync(file)).toBe(true);
  });

  test("has a path that fits", async () => {
    const path = `/tmp/${"x".repeat(103)}`;
    await expect(startServer(path, fakeParts({}, silent))).rejects.toThrow("socket: expected a path of at most 107 bytes");
  });

  test("is in a folder that is made, unless the one around it is missing too", async () => {
    const folder = temporaryFolder();
    const server = await startServer(join(folder, "made", "agent.sock"), fakeParts({}, silent));
    await server.close(0);
    const path = join(folder, "missing", "too", "agent.sock");
    await expect(startServer(path, fakeParts({}, silent))).rejects.toMatchObject({
      failure: { reason: "INVALID", message: expect.stringContaining(`socket: the folder ${folder}/missing/too can't be made`) },
    });
  });

  test("is gone after the end, so that the next agent finds nothing", async () => {
    const { socket, server } = await serve();
    await server.close(0);
    expect(existsSync(socket)).toBe(false);
  });

  test("is in a folder, not behind a file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(claimSocket(join(file, "agent.sock"))).rejects.toThrow(`socket: ${file}/agent.sock can't be looked at`);
  });
});

test("what every method does is known", async () => {
  const { services } = await loadContract();
  const methods = Object.values(services).flatMap((service) => Object.values(service).map((method: { path: string }) => method.path));
  const alpha = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  expect(Object.keys(known).sort()).toEqual([...methods, alpha].sort());
});

test("a request that is too large is refused", async () => {
  const { call, fails } = await serve();
  const failed = await fails(call("snapshot/CreateSnapshot", { description: "x".repeat(5 << 20) }));
  expect(failed.code).toBe(status.RESOURCE_EXHAUSTED);
});

describe("an agent that is about to end", () => {
  const draining = async () => {
    const orchestrator = { cancel: () => record(), plan: () => Promise.resolve([]) };
    const served = await serve({ orchestrator, journal: { runs: () => [] }, host: { world: () => Promise.resolve(world()) } });
    served.server.drain();
    return served;
  };

  test.each([
    "orchestration/StartRun",
    "snapshot/CreateSnapshot",
    "snapshot/RestoreSnapshot",
    "snapshot/DeleteSnapshot",
    "host/StartContainer",
    "host/StopContainer",
    "host/RestartContainer",
  ])("begins no %s", async (method) => {
    const { call, fails } = await draining();
    expect(await fails(call(method, request))).toMatchObject({
      code: status.UNAVAILABLE,
      report: { reason: "SHUTTING_DOWN", retry_ms: 5000 },
    });
  });

  test("begins no Exec", async () => {
    const { duplex, fails } = await draining();
    const stream = duplex("host/Exec");
    const ended = new Promise((_, reject) => stream.on("error", reject));
    stream.resume();
    expect(await fails(ended)).toMatchObject({ code: status.UNAVAILABLE, report: { reason: "SHUTTING_DOWN" } });
  });

  test.each([
    "orchestration/PlanRun",
    "orchestration/GetRun",
    "orchestration/ListRuns",
    "orchestration/CancelRun",
    "snapshot/ListSnapshots",
    "host/GetHost",
  ])("still answers %s", async (method) => {
    const { call } = await draining();
    await call(method, { run_id: request.run_id, spec: request.spec });
  });
});

describe("the end", () => {
  test("waits for the calls that are under way", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const given = async () => {
      asked.resolve();
      await answer.promise;
      return world();
    };
    const { call, server } = await serve({ host: { world: given } });
    const called = call("host/ListContainers");
    await asked.promise;
    const closed = server.close(60_000);
    answer.resolve();
    expect(await called).toMatchObject({ hostname: "pve1" });
    await closed;
  });

  test("cuts off what does not end", async () => {
    const asked = Promise.withResolvers<void>();
    const never = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    const { call, server, fails } = await serve({ host: { world: never } });
    const failed = fails(call("host/ListContainers"));
    await asked.promise;
    await server.close(0);
    expect((await failed).report).toBeNull();
  });

  test("comes twice without harm", async () => {
    const { server } = await serve();
    await Promise.all([server.close(0), server.close(0)]);
    await setImmediate();
    await server.close(0);
  });
});

test("calls that begin something are logged, reading is not", async () => {
  const start = () => Promise.resolve({ runs: [record()], refused: [] });
  const { call, logged } = await serve({ orchestrator: { start } });
  await call("host/GetHost");
  await call("host/StartContainer", { request_id: "r", ctid: 950 });
  expect(logged).toEqual([
    ["info", { method: "/phoenix.v1.HostService/StartContainer", ms: 0, ctid: 950, run: "01K4AAAAAAAAAAAAAAAAAAAAAA" }, "call"],
  ]);
});
