import { Client, credentials, Metadata, type CallOptions, type ClientDuplexStream, type ClientReadableStream } from "@grpc/grpc-js";
import { loadContract, type Contract } from "../../../proto/index.ts";
import type { HostName } from "../render/words.ts";
import { troubleOf } from "./trouble.ts";

/** A machine with an agent. */
export interface Host {
  readonly socket: string;
  readonly contract: Contract;
  readonly services: Contract["services"];
  readonly client: Client;
}

/** One call of the contract. */
export interface Method<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

/** Seconds after which a call that changes nothing, or only writes a run down, is given up. */
const patience = 60;

/** A host behind a local socket. Nothing is sent yet. */
export async function connect(socket: string): Promise<Host> {
  const contract = await loadContract();
  // An agent that is restarted is back in moments; the defaults would wait for minutes before they look again.
  const options = { "grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 1000 };
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    ...options,
    "grpc.default_authority": "localhost",
    "grpc.max_receive_message_length": 64 << 20,
  });
  return { socket, contract, services: contract.services, client };
}

/** Asks once. Throws Trouble. */
export function ask<Q, A>(host: Host, method: Method<Q, A>, request: NoInfer<Q>): Promise<A> {
  const { path, requestSerialize, responseDeserialize } = method;
  const options: CallOptions = { deadline: Date.now() + patience * 1000 };
  return new Promise((resolve, reject) => {
    host.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), options, (error, answer) => {
      if (error) reject(troubleOf(error, host.contract));
      else if (answer === undefined) reject(new Error(`${path} gave no answer`));
      else resolve(answer);
    });
  });
}

/** Opens a stream of answers; the caller ends it by cancelling. */
export function listen<Q, A>(host: Host, method: Method<Q, A>, request: NoInfer<Q>): ClientReadableStream<A> {
  return host.client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, request, new Metadata());
}

/** Opens a stream in both directions. */
export function converse<Q, A>(host: Host, method: Method<Q, A>): ClientDuplexStream<Q, A> {
  return host.client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, new Metadata());
}

/** How the host is named, and what drives it. */
export async function nameOf(host: Host): Promise<HostName> {
  return ask(host, host.services.host.GetHost, {});
}
