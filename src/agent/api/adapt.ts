import { once, type EventEmitter } from "node:events";
import { isPromise } from "node:util/types";
import type { handleBidiStreamingCall, handleClientStreamingCall, handleServerStreamingCall, handleUnaryCall } from "@grpc/grpc-js";
import type { Contract } from "../../../proto/index.ts";
import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { AuditedResult } from "../domain/audit.ts";
import type { Log } from "../domain/log.ts";
import { lazily } from "../monitor/log-calls.ts";
import { strike, strikeText } from "../domain/secret.ts";
import { nameOf, type Caller } from "../domain/trust.ts";
import type { Auditor } from "../trust/audit.ts";
import { demandAccess } from "./access.ts";
import { isDefect, toReport, toStatus, type ErrorStatus } from "./errors.ts";
import { methods } from "./methods.ts";

/** Who makes a call, at this moment. */
export interface Presence {
  readonly caller: Caller;
  /** Aborted, with a Fault, when the caller's certificate is revoked; null for whoever has none. */
  readonly revoked: AbortSignal | null;
}

/** What stands between every call and its handler. */
export interface Gate {
  /** Knows who has called by the peer of the connection, as grpc-js names it. */
  readonly callerOf: (peer: string) => Presence;
  readonly contract: Contract;
  readonly audit: Auditor;
  readonly log: Log;
  readonly clock: Pick<Clock, "elapsed">;
  /** Says whether the agent takes nothing new any more. */
  readonly draining: () => boolean;
  /** Aborted, with a Fault, when streams have to end because the agent does. */
  readonly ending: AbortSignal;
}

/** The way back to the caller of a stream. */
export interface Outgoing<Sent> {
  /** Resolves when there is room for more: a slow caller slows down whoever sends, and fills no memory. */
  readonly send: (message: Sent) => Promise<void>;
  /** Aborted when the caller has gone or the agent ends; the reason is a Fault. */
  readonly signal: AbortSignal;
}

export type UnaryHandler<Received, Sent> = (request: Received, caller: Caller) => Promise<Sent> | Sent;
export type StreamHandler<Received, Sent> = (request: Received, out: Outgoing<Sent>, caller: Caller) => Promise<void>;

/** Turns async functions into what grpc-js calls. What they throw becomes a status; nothing gets past these. */
export interface Adapter {
  readonly unary: <Received, Sent>(handle: UnaryHandler<Received, Sent>) => handleUnaryCall<Received, Sent>;
  readonly clientStream: <Received, Sent>(handle: UnaryHandler<AsyncIterable<Received>, Sent>) => handleClientStreamingCall<Received, Sent>;
  readonly serverStream: <Received, Sent>(handle: StreamHandler<Received, Sent>) => handleServerStreamingCall<Received, Sent>;
  readonly bidi: <Received, Sent>(handle: StreamHandler<AsyncIterable<Received>, Sent>) => handleBidiStreamingCall<Received, Sent>;
}

/** The adapter of one server. */
export function adapter(gate: Gate): Adapter {
  return {
    unary: (handle) => (call, respond) => {
      const { caller } = gate.callerOf(call.getPeer());
      const work = settle(
        gate,
        call.getPath(),
        caller,
        () => call.request as object,
        async () => handle(call.request, caller),
      );
      void work.then(({ failed, value }) => (failed === null ? respond(null, value) : respond(failed)));
    },
    clientStream: (handle) => (call, respond) => {
      const { caller } = gate.callerOf(call.getPeer());
      const requests = withFirst(call.iterator({ destroyOnReturn: false }));
      const work = settle(gate, call.getPath(), caller, requests.first, async () => handle(requests.all, caller));
      void work.then(({ failed, value }) => (failed === null ? respond(null, value) : respond(failed)));
    },
    serverStream: (handle) => (call) => {
      void stream(
        gate,
        call,
        () => call.request as object,
        (out, caller) => handle(call.request, out, caller),
      );
    },
    bidi: (handle) => (call) => {
      // Without this option, a handler that stops reading would end the way back as well.
      const requests = withFirst(call.iterator({ destroyOnReturn: false }));
      void stream(gate, call, requests.first, (out, caller) => handle(requests.all, out, caller));
    },
  };
}

/** The messages of a stream, and, once it has come, the first one of them. */
function withFirst<T>(messages: AsyncIterator<T>): { readonly all: AsyncIterable<T>; readonly first: () => Promise<object> } {
  // The stream breaks when the caller has gone, and when bytes come that are no message: grpc-js has told the caller then.
  const read = () =>
    messages.next().catch((): never => {
      throw new Fault("CANCELLED", "the caller has gone, or has sent what is no message of this method");
    });
  const first = read();
  const shown = first.then(({ value }) => (value as object | undefined) ?? {});
  // Whoever reads the stream is told. When it is refused, nobody does.
  first.catch(() => undefined);
  shown.catch(() => undefined);
  let given = false;
  const next = () => {
    if (given) return read();
    given = true;
    return first;
  };
  return {
    all: { [Symbol.asyncIterator]: () => ({ next }) },
    first: () => shown,
  };
}

type Settled<T> = { readonly failed: null; readonly value: T } | { readonly failed: ErrorStatus; readonly value?: never };

/** What a call asks for; of a stream it comes when the caller sends it. */
type Asked = () => object | Promise<object>;

async function settle<T>(gate: Gate, method: string, caller: Caller, asked: Asked, work: () => Promise<T>): Promise<Settled<T>> {
  const began = gate.clock.elapsed();
  const fields = () => ({ method, ...record.subject(), ...named(caller), ms: Math.round(gate.clock.elapsed() - began) });
  const record = recorder(gate, method, caller, asked);
  const shown = () => whole(asked(), (request) => strike(gate.contract.describe(method, request)));
  gate.log.trace(lazily({ method, caller: nameOf(caller) }, "request", shown), "call begins");
  try {
    demandAccess(method, caller);
    record.admitted();
    refuseWhenDraining(gate, method);
    await record.begin();
    const value = await work();
    const runs = runsIn(value);
    record.ended({ result: "OK", detail: runs });
    // Reads that went well would fill the log and tell nothing.
    if (methods[method]?.effect === "read") gate.log.debug({ ...fields(), caller: nameOf(caller) }, "call");
    else gate.log.info({ ...fields(), ...(runs === "" ? {} : { run: runs }) }, "call");
    return { failed: null, value };
  } catch (thrown) {
    const failed = toStatus(gate.contract, thrown);
    record.ended({ result: toReport(thrown).reason, detail: strikeText(failed.details) });
    if (isDefect(thrown)) gate.log.error({ ...fields(), err: thrown }, "a call failed for an unforeseen reason");
    else gate.log.info({ ...fields(), code: failed.code, error: failed.details }, "call refused");
    return { failed };
  }
}

/** What a call asks for as it is shown; of a stream it has not come yet. */
function whole(asked: object | Promise<object>, show: (request: object) => unknown): unknown {
  return isPromise(asked) ? "a stream" : show(asked);
}

/** Has a call audited: whoever changes something, before and after; and whoever was refused. Strangers are only let in to join. */
function recorder(gate: Gate, method: string, caller: Caller, asked: Asked) {
  const changes = methods[method]?.effect !== "read";
  const shown = (request: object) => JSON.stringify(strike(gate.contract.describe(method, request)));
  let isAdmitted = false;
  let written: ((outcome: AuditedResult) => void) | null = null;
  /** Of a stream, once it has come. */
  let first: object = {};
  return {
    /** What the call is about, as far as it has been said. */
    subject: () => {
      const request = asked();
      return subjectOf(isPromise(request) ? first : request);
    },
    admitted: () => {
      isAdmitted = true;
    },
    begin: async () => {
      if (!changes || caller.kind === "stranger") return;
      first = await asked();
      written = gate.audit.begin(caller, method, shown(first));
    },
    ended: (outcome: AuditedResult) => {
      if (written !== null) return written(outcome);
      if (isAdmitted && !changes) return;
      const request = asked();
      // Nobody waits for what a stranger may never send.
      const args = request instanceof Promise ? "{}" : shown(request);
      if (outcome.result === "OK") gate.audit.done(caller, method, args, outcome);
      else gate.audit.refused(caller, method, args, outcome);
    },
  };
}

/** The ids of the runs in an answer; empty when there are none. */
function runsIn(answer: unknown): string {
  if (typeof answer !== "object" || answer === null) return "";
  const { run, runs } = answer as { readonly run?: unknown; readonly runs?: unknown };
  const ids = [run, ...(Array.isArray(runs) ? (runs as readonly unknown[]) : [])].flatMap((each) => {
    const id = typeof each === "object" && each !== null && "id" in each ? each.id : null;
    return typeof id === "string" ? [id] : [];
  });
  return ids.length > 8 ? `${ids.slice(0, 8).join(" ")} … ${ids.length - 8} more` : ids.join(" ");
}

/** What names containers and runs in a request, wherever it stands. */
interface Naming {
  readonly ctid?: unknown;
  readonly ctids?: unknown;
  readonly run_id?: unknown;
}

/** The containers and the run that a request is about, for the log. */
function subjectOf(request: object): { readonly ctid?: unknown; readonly run?: string } {
  const { spec, command } = request as { readonly spec?: Naming | null; readonly command?: Naming | null };
  const { ctid, ctids, run_id } = { ...(request as Naming), ...spec, ...command };
  const all = typeof ctid === "number" && ctid > 0 ? [ctid] : Array.isArray(ctids) ? (ctids as readonly unknown[]) : [];
  return {
    ...(all.length === 0 ? {} : { ctid: all.length === 1 ? all[0] : all }),
    ...(typeof run_id === "string" && run_id !== "" ? { run: run_id } : {}),
  };
}

/** Who it was, for the log; nothing for the local socket. */
function named(caller: Caller): Readonly<Record<string, string>> {
  if (caller.kind === "local") return {};
  return { caller: nameOf(caller), address: caller.address };
}

function refuseWhenDraining(gate: Gate, method: string): void {
  if (methods[method]?.effect === "begin" && gate.draining()) {
    throw new Fault("SHUTTING_DOWN", "the agent is ending and begins nothing new", "try again when it is back", "transient");
  }
}

/** What both kinds of calls that answer with a stream have in common. */
type Answering<Sent> = EventEmitter & {
  readonly destroyed: boolean;
  readonly getPath: () => string;
  readonly getPeer: () => string;
  readonly write: (message: Sent) => boolean;
  readonly end: () => unknown;
};

async function stream<Sent>(
  gate: Gate,
  call: Answering<Sent>,
  asked: Asked,
  work: (out: Outgoing<Sent>, caller: Caller) => Promise<void>,
): Promise<void> {
  const { caller, revoked } = gate.callerOf(call.getPeer());
  const gone = new AbortController();
  call.once("cancelled", () => gone.abort(new Fault("CANCELLED", "the caller has gone")));
  const signal = AbortSignal.any([gone.signal, gate.ending, ...(revoked === null ? [] : [revoked])]);
  const send = async (message: Sent): Promise<void> => {
    signal.throwIfAborted();
    if (!call.write(message)) await roomIn(call, signal);
  };
  const { failed } = await settle(gate, call.getPath(), caller, asked, () => work({ send, signal }, caller));
  if (call.destroyed) return;
  if (failed === null) call.end();
  else call.emit("error", failed);
}

async function roomIn(call: EventEmitter, signal: AbortSignal): Promise<void> {
  await once(call, "drain", { signal }).catch((thrown: unknown) => {
    // The signal's own reason says more than an AbortError.
    signal.throwIfAborted();
    throw thrown;
  });
}
