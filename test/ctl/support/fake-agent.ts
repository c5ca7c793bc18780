import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventEmitter } from "node:events";
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { abilities } from "../../../proto/abilities.ts";
import { detailsKey, encodeError, type ErrorReport } from "../../../proto/error.ts";
import { loadContract, type Contract } from "../../../proto/index.ts";
import type {
  ExecRequest__Output,
  ExecResponse,
  RunEvent__Output,
  WatchRunRequest__Output,
  WatchRunResponse,
} from "../../../proto/types.ts";

/** A failed call: a gRPC status, with the agent's report or without. */
export interface Refusal extends Error {
  readonly code: status;
  readonly report?: ErrorReport;
}

export type Watching = ServerWritableStream<WatchRunRequest__Output, WatchRunResponse>;
export type Executing = ServerDuplexStream<ExecRequest__Output, ExecResponse>;

/** What the agent answers to each call: an answer, a Refusal, or "hang"; a function looks at the request first. */
export interface Script {
  readonly [method: string]: unknown;
  readonly WatchRun?: (call: Watching) => void;
  readonly Exec?: (call: Executing) => void;
}

/** An agent of which only the wire is real. */
export interface FakeAgent {
  readonly socket: string;
  /** Every request, in order. */
  readonly calls: { readonly method: string; readonly request: unknown }[];
  /** Resolves once so many calls of a method have come. */
  readonly called: (method: string, times?: number) => Promise<void>;
  /** Breaks every connection, as a killed agent does; the socket is gone. */
  readonly kill: () => Promise<void>;
  /** Listens again on the same socket, with another script. */
  readonly restart: (script: Script) => Promise<void>;
  readonly close: () => Promise<void>;
}

const host = {
  hostname: "pve1",
  version: "9.9.9",
  driver: "proxmox",
  manifest: "",
  manifest_hash: "",
  problems: [],
  active_runs: 0,
  abilities: Object.keys(abilities),
};

export function refusal(code: status, message: string, report?: Partial<ErrorReport>): Refusal {
  const full = { reason: "INVALID", message, remedy: "", blockers: [], more_blockers: 0, retry_ms: null, ...report };
  return Object.assign(new Error(message), report ? { code, report: full } : { code });
}

/** Streams these events, and leaves the stream open or ends it. */
export function streams(events: readonly RunEvent__Output[], then: "end" | "stay" = "end") {
  return (call: Watching): void => {
    const numbered = events.map((event, index) => ({ ...event, seq: index + 1 }));
    for (const event of numbered) if (event.seq >= call.request.from_seq) call.write({ event });
    if (then === "end") call.end();
  };
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The same, for one test: it is closed after it. */
export async function withAgent(script: Script, contract?: Contract): Promise<FakeAgent> {
  const agent = await fakeAgent(script, contract);
  ends.push(agent.close);
  return agent;
}

/** An agent that answers so; `spoken` is the contract that it knows, this one where none is given. */
export async function fakeAgent(script: Script, spoken?: Contract): Promise<FakeAgent> {
  const contract = spoken ?? (await loadContract());
  const folder = mkdtempSync(join(tmpdir(), "phoenixctl-"));
  const socket = join(folder, "agent.sock");
  const calls: FakeAgent["calls"] = [];
  const news = new EventEmitter();
  const note = (method: string, request: unknown) => {
    calls.push({ method, request });
    news.emit("call");
  };
  const count = (method: string) => calls.filter((call) => call.method === method).length;
  let server = await listenOn(contract, socket, script, note);
  const kill = async () => {
    server.forceShutdown();
    rmSync(socket, { force: true });
  };
  return {
    socket,
    calls,
    called: (method, times = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (count(method) < times) return;
          news.off("call", look);
          resolve();
        };
        news.on("call", look);
        look();
      }),
    kill,
    restart: async (next) => {
      server = await listenOn(contract, socket, next, note);
    },
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listenOn(
  contract: Contract,
  socket: string,
  script: Script,
  note: (method: string, request: unknown) => void,
): Promise<Server> {
  const answers: Script = { GetHost: host, ...script };
  const server = new Server();
  const { orchestration, snapshot, boot, gpu, config, host: hostService } = contract.services;
  for (const service of [orchestration, snapshot, boot, gpu, config, hostService]) {
    const handlers = Object.entries(service).map(([name, method]) => {
      const { requestStream, responseStream } = method as { requestStream: boolean; responseStream: boolean };
      const streaming = (call: Watching) => {
        note(name, call.request);
        const answer = answers[name] as ((call: Watching) => void) | undefined;
        if (answer) answer(call);
        else call.destroy(Object.assign(new Error(`no script for ${name}`), { code: status.UNIMPLEMENTED }));
      };
      const unary = (call: Pick<ServerUnaryCall<unknown, unknown>, "request">, done: sendUnaryData<unknown>) => {
        note(name, call.request);
        try {
          const answer = answers[name];
          if (answer === "hang") return;
          if (answer === undefined) throw refusal(status.UNIMPLEMENTED, `no script for ${name}`);
          if (isRefusal(answer)) throw answer;
          done(null, typeof answer === "function" ? answer(call.request) : answer);
        } catch (thrown) {
          done(errorOf(thrown as Refusal));
        }
      };
      // A call with several requests counts when it is whole.
      const uploading = (call: ServerReadableStream<unknown, unknown>, done: sendUnaryData<unknown>) => {
        const requests: unknown[] = [];
        call.on("data", (request) => requests.push(request));
        call.on("end", () => unary(Object.assign(call, { request: requests }), done));
      };
      return [name, responseStream ? streaming : requestStream ? uploading : unary];
    });
    server.addService(service, Object.fromEntries(handlers));
  }
  function errorOf({ code, message, report }: Refusal) {
    const metadata = new Metadata();
    if (report) metadata.set(detailsKey, encodeError(contract, code, report));
    return { code, details: message, metadata };
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return server;
}

function isRefusal(answer: unknown): answer is Refusal {
  return answer instanceof Error && "code" in answer;
}
