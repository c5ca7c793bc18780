// A client that speaks the contract before this one, and a whole agent with simulated containers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, status, type ServiceError } from "@grpc/grpc-js";
import type { Contract } from "../../proto/index.ts";
import type { RunEvent__Output as RunEvent } from "../../proto/types.ts";
import { startAgent, type Agent } from "../../src/agent/agent.ts";
import { parseSettings } from "../../src/agent/config/settings.ts";
import { silent } from "../../src/agent/domain/log.ts";
import { releasedContract } from "../support/released.ts";

interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

let folder: string;
let agent: Agent;
let client: Client;
let released: Contract;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "phoenix-released-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "app.sh"), "#!/bin/sh\n# sim: echo working\n");
  const c950 = { name: "c950", template: "base.tar", memory_mb: 64, cores: 1, application_script: "app.sh" };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ lxc_configs: { 950: c950 } }));
  const lines = [
    "driver: sim",
    "sim: { state: sim.json }",
    "socket: agent.sock",
    "state_dir: state",
    "manifest: manifest.json",
    "scripts: bin",
    "features: bin",
  ];
  agent = await startAgent(parseSettings(lines.join("\n"), join(folder, "agent.yaml")), {}, silent);
  client = new Client(`unix:${join(folder, "agent.sock")}`, credentials.createInsecure(), { "grpc.default_authority": "localhost" });
  released = await releasedContract();
});
afterAll(async () => {
  client.close();
  await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The methods of the contract before this one, by SERVICE/METHOD. */
function methods(): ReadonlyMap<string, Method> {
  const { health: _, reflection: __, ...own } = released.services;
  const all = Object.values(own).flatMap((service) => Object.values(service as unknown as Record<string, Method>));
  return new Map(all.map((method) => [method.path.replace("/phoenix.v1.", "").replace("Service/", "/"), method]));
}

async function call<T>(name: string, request: object): Promise<T> {
  const { path, requestSerialize, responseDeserialize } = methods().get(name) as Method;
  const read = responseDeserialize as (bytes: Buffer) => T;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, read, request, { deadline: Date.now() + 60_000 }, (error, answer) =>
      error === null ? resolve(answer as T) : reject(error),
    );
  });
}

/** The events of a run to its end. */
async function watch(run_id: string): Promise<RunEvent[]> {
  const { path, requestSerialize, responseDeserialize } = methods().get("Orchestration/WatchRun") as Method;
  const read = responseDeserialize as (bytes: Buffer) => { event: RunEvent };
  const events: RunEvent[] = [];
  for await (const { event } of client.makeServerStreamRequest(path, requestSerialize, read, { run_id, from_seq: 0 }) as AsyncIterable<{
    event: RunEvent;
  }>) {
    events.push(event);
  }
  return events;
}

async function runToItsEnd(kind: string): Promise<unknown> {
  const request = { request_id: kind, spec: { kind, ctids: [950], options: {} } };
  const { runs, refused } = await call<{ runs: { id: string }[]; refused: unknown[] }>("Orchestration/StartRun", request);
  expect([runs.length, refused]).toEqual([1, []]);
  return (await watch(runs[0]?.id ?? "")).at(-1)?.finished?.run?.state;
}

test("brings a container up, gets it back, and finds all of that again", async () => {
  const plan = await call<{ plans: { steps: unknown[] }[] }>("Orchestration/PlanRun", {
    spec: { kind: "RUN_KIND_ORCHESTRATE", ctids: [950], options: {} },
  });
  expect(plan.plans[0]?.steps.length).toBeGreaterThan(3);
  expect(await runToItsEnd("RUN_KIND_ORCHESTRATE")).toBe("RUN_STATE_SUCCEEDED");
  expect(await runToItsEnd("RUN_KIND_LETSGO")).toBe("RUN_STATE_SUCCEEDED");
  expect(await call("Orchestration/ListRuns", { ctid: 950, limit: 9 })).toMatchObject({
    runs: [{ kind: "RUN_KIND_LETSGO" }, { kind: "RUN_KIND_ORCHESTRATE" }],
  });
  expect(await call("Host/ListContainers", { ctid: 0 })).toMatchObject({ containers: [{ ctid: 950, state: "CONTAINER_STATE_RUNNING" }] });
  expect(await call("Snapshot/ListSnapshots", { ctid: 950 })).toMatchObject({
    snapshots: [{ name: "pre-configured" }, { name: "final-form" }],
  });
});

test("finds every method that it knows: whatever it is answered, it is not that there is none, and no defect", async () => {
  const unary = [...methods()].filter(([, method]) => !method.requestStream && !method.responseStream);
  expect(unary.length).toBeGreaterThan(30);
  const codes: [string, number][] = [];
  for (const [name] of unary) {
    const code = await call(name, {}).then(
      () => status.OK,
      (error: ServiceError) => error.code,
    );
    codes.push([name, code]);
  }
  const bad: readonly number[] = [status.UNIMPLEMENTED, status.INTERNAL, status.UNKNOWN];
  expect(codes.filter(([, code]) => bad.includes(code))).toEqual([]);
});
