import { once, type EventEmitter } from "node:events";
import type { handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall } from "@grpc/grpc-js";
import type { Contract } from "../../../proto/index.ts";
import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { isDefect, toStatus, type ErrorStatus } from "./errors.ts";
import { effects } from "./methods.ts";

/** What stands between every call and its handler. */
export interface Gate {
  readonly contract: Contract;
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

export type UnaryHandler<Received, Sent> = (request: Received) => Promise<Sent> | Sent;
export type StreamHandler<Received, Sent> = (request: Received, out: Outgoing<Sent>) => Promise<void>;

/** Turns async functions into what grpc-js calls. What they throw becomes a status; nothing gets past these. */
export interface Adapter {
  readonly unary: <Received, Sent>(handle: UnaryHandler<Received, Sent>) => handleUnaryCall<Received, Sent>;
  readonly serverStream: <Received, Sent>(handle: StreamHandler<Received, Sent>) => handleServerStreamingCall<Received, Sent>;
  readonly bidi: <Received, Sent>(handle: StreamHandler<AsyncIterable<Received>, Sent>) => handleBidiStreamingCall<Received, Sent>;
}

/** The adapter of one server. */
export function adapter(gate: Gate): Adapter {
  return {
    unary: (handle) => (call, respond) => {
      const work = settle(gate, call.getPath(), async () => handle(call.request));
      void work.then(({ failed, value }) => (failed === null ? respond(null, value) : respond(failed)));
    },
    serverStream: (handle) => (call) => {
      void stream(gate, call, (out) => handle(call.request, out));
    },
    bidi: (handle) => (call) => {
      // Without this option, a handler that stops reading would end the way back as well.
      const requests = { [Symbol.asyncIterator]: () => call.iterator({ destroyOnReturn: false }) };
      void stream(gate, call, (out) => handle(requests, out));
    },
  };
}

type Settled<T> = { readonly failed: null; readonly value: T } | { readonly failed: ErrorStatus; readonly value?: never };

async function settle<T>(gate: Gate, method: string, work: () => Promise<T>): Promise<Settled<T>> {
  const began = gate.clock.elapsed();
  const fields = () => ({ method, ms: Math.round(gate.clock.elapsed() - began) });
  try {
    refuseWhenDraining(gate, method);
    const value = await work();
    // Reads that went well would fill the log and tell nothing.
    if (effects[method] === "begin") gate.log.info(fields(), "call");
    return { failed: null, value };
  } catch (thrown) {
    const failed = toStatus(gate.contract, thrown);
    if (isDefect(thrown)) gate.log.error({ ...fields(), err: thrown }, "a call failed for an unforeseen reason");
    else gate.log.info({ ...fields(), code: failed.code, error: failed.details }, "call refused");
    return { failed };
  }
}

function refuseWhenDraining(gate: Gate, method: string): void {
  if (effects[method] !== "read" && gate.draining()) {
    throw new Fault("SHUTTING_DOWN", "the agent is ending and begins nothing new", "try again when it is back", "transient");
  }
}

/** What both kinds of calls that answer with a stream have in common. */
type Answering<Sent> = EventEmitter & {
  readonly destroyed: boolean;
  readonly getPath: () => string;
  readonly write: (message: Sent) => boolean;
  readonly end: () => unknown;
};

async function stream<Sent>(gate: Gate, call: Answering<Sent>, work: (out: Outgoing<Sent>) => Promise<void>): Promise<void> {
  const gone = new AbortController();
  call.once("cancelled", () => gone.abort(new Fault("CANCELLED", "the caller has gone")));
  const signal = AbortSignal.any([gone.signal, gate.ending]);
  const send = async (message: Sent): Promise<void> => {
    signal.throwIfAborted();
    if (!call.write(message)) await roomIn(call, signal);
  };
  const { failed } = await settle(gate, call.getPath(), () => work({ send, signal }));
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
