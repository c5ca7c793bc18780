import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, type ClientDuplexStream, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import { decodeError, loadContract, type Contract, type ErrorReport } from "../../../proto/index.ts";
import type { Network } from "../../../src/agent/api/network.ts";
import type { Parts } from "../../../src/agent/api/parts.ts";
import { startServer, type ApiServer } from "../../../src/agent/api/server.ts";
import type { Manifest } from "../../../src/agent/config/manifest-types.ts";
import { nowhere } from "../../../src/agent/config/position.ts";
import type { Configuration } from "../../../src/agent/config/versions/judge.ts";
import type { OwnerView } from "../../../src/agent/run/boot-owner.ts";
import type { Log } from "../../../src/agent/domain/log.ts";
import { record } from "./runs.ts";
import { world } from "./world.ts";

type Logged = readonly [level: string, fields: Readonly<Record<string, unknown>>, message: string];

/** A configuration that has this manifest, and is not kept. */
export function configuration(manifest: Manifest): Configuration {
  const { files, content } = world();
  return { version: null, manifest: { ...manifest, at: () => nowhere }, files, content };
}

/** What a fake was not told to do. */
function unexpected(): never {
  throw new Error("the test did not expect this call");
}

/** A host that leaves boots to the agent. */
const alone: OwnerView = {
  ownership: { owner: "agent", since: null, change: null, trouble: "" },
  configured: "agent",
  autostart: { scheduler: null, changes: [], problems: [], limits: [] },
};

const noSchedules: Parts["gpu"]["schedules"] = { list: () => [], next: unexpected, run: unexpected, pause: unexpected, resume: unexpected };

export type FakeParts = { -readonly [K in Exclude<keyof Parts, "network">]?: Partial<Parts[K]> } & { readonly network?: Network };

/** Parts of which only what the test gives does anything. */
export function fakeParts(given: FakeParts, log: Log): Parts {
  return {
    orchestrator: {
      plan: unexpected,
      start: unexpected,
      find: () => record(),
      cancel: unexpected,
      watch: unexpected,
      estimate: () => null,
      ...given.orchestrator,
    },
    boots: { plan: unexpected, start: unexpected, last: unexpected, planShutdown: unexpected, shutdown: unexpected, ...given.boots },
    owners: {
      chosen: () => "agent",
      ownerIn: () => "agent",
      view: () => Promise.resolve(alone),
      plan: unexpected,
      apply: unexpected,
      change: unexpected,
      resume: unexpected,
      sayDrift: unexpected,
      ...given.owners,
    },
    host_boots: { newest: () => null, waits: () => "", ...given.host_boots },
    leases: { keep: unexpected, drop: unexpected, at: () => new Map(), ...given.leases },
    protections: { keep: unexpected, drop: unexpected, all: () => [], ...given.protections },
    gpu: { plan: unexpected, start: unexpected, list: unexpected, schedules: noSchedules, ...given.gpu },
    snapshots: { list: () => [], run: unexpected, ...given.snapshots },
    events: { newest: unexpected, next: () => 1, watch: unexpected, ...given.events },
    keeper: {
      current: () => configuration(world().manifest),
      trouble: () => null,
      candidate: unexpected,
      older: unexpected,
      commit: unexpected,
      settle: unexpected,
      ...given.keeper,
    },
    configs: { get: unexpected, newest: unexpected, list: unexpected, ...given.configs },
    journal: { runs: unexpected, unfinished: () => [], story: () => [], ...given.journal },
    host: {
      info: { hostname: "pve1", version: "0.1.0", started: 1_700_000_000_000 },
      world: () => Promise.resolve(world()),
      health: () => "unknown",
      ...given.host,
    },
    doctor: { examine: unexpected, ...given.doctor },
    vitals: { latest: () => null, look: () => Promise.resolve(), onChange: () => () => {}, ...given.vitals },
    driver: { platform: "sim", exec: unexpected, diff: unexpected, sizes: unexpected, ...given.driver },
    clock: {
      now: () => 0,
      elapsed: () => 0,
      sleep: (_ms, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("over")))),
      ...given.clock,
    },
    audit: {
      begin: () => () => {},
      done: () => {},
      refused: () => {},
      flush: () => {},
      list: unexpected,
      verify: unexpected,
      ...given.audit,
    },
    network: given.network ?? null,
    log,
  };
}

/** An agent's API on a socket of its own, and a client of it. */
export interface Served {
  readonly socket: string;
  readonly server: ApiServer;
  readonly contract: Contract;
  readonly client: Client;
  readonly logged: readonly Logged[];
  /** Calls "orchestration/GetRun" and the like. */
  readonly call: <T = Record<string, unknown>>(method: string, request?: object) => Promise<T>;
  readonly watch: <T>(method: string, request?: object) => ClientReadableStream<T>;
  readonly duplex: <T>(method: string) => ClientDuplexStream<object, T>;
  /** The call's error, with what it carries. */
  readonly fails: (call: Promise<unknown>) => Promise<Failed>;
}

export interface Failed {
  readonly code: number;
  readonly message: string;
  readonly report: ErrorReport | null;
}

const open: { close: () => Promise<void> }[] = [];

/** Ends everything that serve has begun; for afterEach. */
export async function closeAll(): Promise<void> {
  for (const each of open.splice(0)) await each.close();
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-api-"));
  open.push({ close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })) });
  return folder;
}

/** Serves; what is logged goes to a log of the test's, or is kept. */
export async function serve(
  given: FakeParts = {},
  { socket = join(temporaryFolder(), "agent.sock"), log }: { readonly socket?: string; readonly log?: Log } = {},
): Promise<Served> {
  const logged: Logged[] = [];
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => void logged.push([level, fields, message]);
  const kept: Log = { trace: () => {}, debug: () => {}, info: at("info"), warn: at("warn"), error: at("error") };
  const contract = await loadContract();
  const server = await startServer(socket, fakeParts(given, log ?? kept));
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  open.unshift({
    close: async () => {
      client.close();
      await server.close(0);
    },
  });
  return { socket, server, contract, client, logged, ...callers(contract, client), fails: (call) => failure(contract, call) };
}

interface Method {
  readonly path: string;
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

function callers(contract: Contract, client: Client): Pick<Served, "call" | "watch" | "duplex"> {
  const find = (name: string): Method => {
    const [service, method] = name.split("/") as [keyof Contract["services"], string];
    return (contract.services[service] as unknown as Record<string, Method>)[method]!;
  };
  return {
    call: <T>(name: string, request: object = {}) => {
      const { path, requestSerialize, responseDeserialize } = find(name);
      return new Promise<T>((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize as (bytes: Buffer) => T, request, (error, answer) =>
          error === null ? resolve(answer as T) : reject(error),
        );
      });
    },
    watch: <T>(name: string, request: object = {}) => {
      const { path, requestSerialize, responseDeserialize } = find(name);
      return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize as (bytes: Buffer) => T, request);
    },
    duplex: <T>(name: string) => {
      const { path, requestSerialize, responseDeserialize } = find(name);
      return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize as (bytes: Buffer) => T);
    },
  };
}

async function failure(contract: Contract, call: Promise<unknown>): Promise<Failed> {
  const error = await call.then(
    (answer) => {
      throw new Error(`expected the call to fail, it answered ${JSON.stringify(answer)}`);
    },
    (thrown: ServiceError) => thrown,
  );
  const bytes = error.metadata?.get("grpc-status-details-bin")[0];
  return { code: error.code, message: error.details, report: bytes instanceof Buffer ? decodeError(contract, bytes) : null };
}

/** Everything that a stream gives. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of stream) found.push(each);
  return found;
}

/** The next message of a stream, which is paused then. (grpc-js slows nobody down before the first one was read.) */
export async function next<T>(stream: ClientReadableStream<T>): Promise<T> {
  const data = once(stream, "data") as Promise<[T]>;
  stream.resume();
  const [message] = await data;
  stream.pause();
  return message;
}
