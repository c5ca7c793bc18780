import type { Client, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { decodeError, type Contract } from "../../../proto/index.ts";
import { alphaOf } from "../../../src/agent/api/reflection.ts";

/** A method of the contract, whatever it is. */
export interface AnyMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** How a call has ended; code 0 when it went well, or is a stream that has given something. */
export interface Touched {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** All methods that an agent serves. */
export function readMethods(contract: Contract): readonly AnyMethod[] {
  const services = [...Object.values(contract.services), alphaOf(contract.services.reflection)];
  return services.flatMap((service) => Object.values(service) as AnyMethod[]);
}

/** Calls a method, and waits for the first thing that it says. A stream that says nothing is one that was let in. */
export function touch(client: Client, contract: Contract, method: AnyMethod, message: object = {}): Promise<Touched> {
  return new Promise((resolve) => {
    const good = { code: 0, reason: "", message: "" };
    const end = (error: ServiceError | null) => resolve(error === null ? good : touched(contract, error));
    if (!method.requestStream && !method.responseStream) {
      const { path, requestSerialize, responseDeserialize } = method;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, { deadline: Date.now() + 20_000 }, end);
      return;
    }
    const stream = open(client, method, message);
    const calm = setTimeout(() => {
      resolve(good);
      stream.cancel();
    }, 20_000);
    stream.on("data", () => {
      resolve(good);
      stream.cancel();
    });
    stream.on("error", (error: ServiceError) => end(error));
    stream.on("end", () => end(null));
    stream.on("close", () => clearTimeout(calm));
  });
}

function open(client: Client, method: AnyMethod, message: object): ClientReadableStream<unknown> {
  const { path, requestSerialize, responseDeserialize, requestStream } = method;
  if (!requestStream) return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message);
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  stream.write(message);
  stream.end();
  return stream;
}

function touched(contract: Contract, error: ServiceError): Touched {
  const bytes = error.metadata?.get("grpc-status-details-bin")[0];
  const report = bytes instanceof Buffer ? decodeError(contract, bytes) : null;
  return { code: error.code, reason: report?.reason ?? "", message: error.details };
}
