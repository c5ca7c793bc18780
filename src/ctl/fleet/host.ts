import { once } from "node:events";
import {
  Metadata,
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";
import { hasAll, lacking } from "../../../proto/abilities.ts";
import { loadContract, type Contract } from "../../../proto/index.ts";
import type { HostName } from "../render/words.ts";
import { prepareClient } from "./channel.ts";
import type { Place } from "./places.ts";
import { TooOld, troubleOf } from "./trouble.ts";

/** A machine with an agent, as it is spoken to. */
export interface Host {
  readonly place: Place;
  readonly contract: Contract;
  readonly services: Contract["services"];
  readonly client: Client;
  /** What its agent can, by the names of proto/abilities.ts; null while it has not been asked. */
  readonly abilities: ReadonlySet<string> | null;
}

/** One call of the contract. */
export interface Method<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

/** Seconds after which a call is given up, where nothing else is said: it changes nothing, or only writes a run down. */
const patience = 60;

/** A host at its place. Throws Complaint when what it is reached with can't be read. */
export async function connect(place: Place, timeout_s: number = patience): Promise<Host> {
  return (await prepare(place))(timeout_s);
}

/** What is to be done here before a host is spoken to; gives what does that. Throws Complaint as connect does. */
export async function prepare(place: Place): Promise<(timeout_s: number) => Promise<Host>> {
  const contract = await loadContract();
  const open = await prepareClient(place);
  return async (timeout_s) => ({ place, contract, services: contract.services, client: await open(timeout_s), abilities: null });
}

/** Asks once. Throws Trouble, and TooOld when the agent would pass over a part of the request. */
export async function ask<Q, A>(host: Host, method: Method<Q, A>, request: NoInfer<Q>, timeout_s: number = patience): Promise<A> {
  const { path, requestSerialize, responseDeserialize } = method;
  demandUnderstood(host, path, request);
  const options: CallOptions = { deadline: Date.now() + timeout_s * 1000 };
  return new Promise((resolve, reject) => {
    host.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), options, (error, answer) => {
      if (error) reject(troubleOf(error, host.contract));
      else if (answer === undefined) reject(new Error(`${path} gave no answer`));
      else resolve(answer);
    });
  });
}

/** Throws TooOld when the agent would pass over a part of a request, which is then not sent. */
function demandUnderstood({ contract, abilities }: Host, path: string, request: unknown): void {
  if (abilities === null || hasAll(abilities)) return;
  const lacks = lacking(contract.fields(path, request as object), abilities);
  if (lacks.length > 0) throw new TooOld(lacks);
}

/** The same for each of several, before it is sent. */
function* understood<Q>(host: Host, path: string, requests: Iterable<Q>): Generator<Q, void> {
  for (const request of requests) {
    demandUnderstood(host, path, request);
    yield request;
  }
}

/**
 * Sends many messages, as fast as they are taken, and gives the one answer. Throws Trouble; TooOld when the agent would pass over a
 * part of a message: then it is cut off before that one, and no call is made where it is the first.
 */
export async function upload<Q, A>(
  host: Host,
  method: Method<Q, A>,
  requests: Iterable<NoInfer<Q>>,
  timeout_s: number = patience,
): Promise<A> {
  const { path, requestSerialize, responseDeserialize } = method;
  const rest = understood(host, path, requests);
  const first = rest.next();
  const options: CallOptions = { deadline: Date.now() + timeout_s * 1000 };
  const over = new AbortController();
  return new Promise((resolve, reject) => {
    const answered = (error: ServiceError | null, answer?: A) => {
      over.abort();
      if (error) reject(troubleOf(error, host.contract));
      else if (answer === undefined) reject(new Error(`${path} gave no answer`));
      else resolve(answer);
    };
    const call = host.client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), options, answered);
    // What goes wrong with the stream is told by the answer. An agent that has had enough answers before the end.
    call.on("error", () => undefined);
    const send = async () => {
      for (let next = first; next.done !== true; next = rest.next()) {
        if (over.signal.aborted) return;
        if (!call.write(next.value)) await once(call, "drain", { signal: over.signal });
      }
      call.end();
    };
    send().catch((thrown: unknown) => {
      if (!(thrown instanceof TooOld)) return;
      reject(thrown);
      call.cancel();
    });
  });
}

/** Opens a stream of answers; the caller ends it by cancelling. Throws TooOld. */
export function listen<Q, A>(host: Host, method: Method<Q, A>, request: NoInfer<Q>): ClientReadableStream<A> {
  demandUnderstood(host, method.path, request);
  return host.client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, request, new Metadata());
}

/** A stream in both directions. */
export interface Conversation<Q, A> {
  readonly call: ClientDuplexStream<Q, A>;
  /** Writes a request; gives false when the next one should wait until it has gone. Throws TooOld. */
  readonly say: (request: Q) => boolean;
}

/** Opens a stream in both directions with its first request. Throws TooOld. */
export function converse<Q, A>(host: Host, method: Method<Q, A>, first: NoInfer<Q>): Conversation<Q, A> {
  const { path, requestSerialize, responseDeserialize } = method;
  demandUnderstood(host, path, first);
  const call = host.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
  call.write(first);
  return {
    call,
    say: (request) => {
      demandUnderstood(host, path, request);
      return call.write(request);
    },
  };
}

/** What a host tells of itself. */
export interface Introduction {
  /** How it is named here, and what drives it. */
  readonly name: HostName;
  /** Of its agent. */
  readonly version: string;
  readonly abilities: ReadonlySet<string>;
}

/** Asks a host for what it is. Throws Trouble. */
export async function introductionOf(host: Host, timeout_s: number = patience): Promise<Introduction> {
  const told = await ask(host, host.services.host.GetHost, {}, timeout_s);
  return { name: named(host.place, told), version: told.version, abilities: new Set(told.abilities) };
}

/** A host that is known goes by the name that it has here; the agent's own is for those without. */
function named(place: Place, { hostname, driver }: HostName): HostName {
  return { hostname: place.kind === "known" ? place.name : hostname, driver };
}
