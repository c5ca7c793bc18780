// Service and message definitions for grpc-js. @grpc/proto-loader makes the same from a descriptor set, but it knows no map fields in
// one, and a client's start would wait for what it makes beyond this.
import type { Type } from "protobufjs";
import { describe, type Shown } from "./describe.ts";
import { fieldsOf } from "./fields.ts";
import { lazyTypes, writtenAt, type Written, type WrittenMethod } from "./lazy-types.ts";

/** How messages look in TypeScript; build/generate.ts makes the types with the same choices. */
const shape = { longs: Number, enums: String, defaults: true, oneofs: true };

/** Turns a message into bytes and back. */
export interface Codec<Sent, Received> {
  readonly serialize: (message: Sent) => Buffer;
  readonly deserialize: (bytes: Uint8Array) => Received;
}

/** Finds definitions by their full name. */
export interface Definitions {
  readonly service: (name: string) => Record<string, unknown>;
  /** A request of the method at this path, as it may be shown to others. */
  readonly describe: (path: string, message: object) => Readonly<Record<string, Shown>>;
  /** The fields that a request of the method at this path sends, as MESSAGE.FIELD. */
  readonly fields: (path: string, message: object) => readonly string[];
  readonly message: <Sent extends object, Received>(name: string) => Codec<Sent, Received>;
}

/** Reads what `Root.toJSON` of protobufjs has written. */
export async function readDefinitions(json: string): Promise<Definitions> {
  const { default: protobuf } = await import("protobufjs/light.js");
  const written = JSON.parse(json) as Written;
  const typeOf = lazyTypes(written, new protobuf.Root());
  /** The names of requests, by the path of their method. */
  const requests = new Map<string, string>();
  const requestOf = (path: string): Type | null => {
    const name = requests.get(path);
    return name === undefined ? null : typeOf(name);
  };

  return {
    service: (name) => {
      const there = writtenAt(written, `.${name}`)?.methods;
      if (there === undefined) throw new Error(`there is no service ${name}`);
      const methods = Object.entries(there);
      for (const [method, { requestType }] of methods) requests.set(`/${name}/${method}`, requestType);
      return Object.fromEntries(methods.map(([method, each]) => [method, methodDefinition(name, method, each, typeOf)]));
    },
    describe: (path, message) => {
      const type = requestOf(path);
      return type === null ? {} : describe(type, message);
    },
    fields: (path, message) => {
      const type = requestOf(path);
      return type === null ? [] : fieldsOf(type, message);
    },
    message: (name) => codec(() => typeOf(`.${name}`)),
  };
}

/** Of a method, for grpc-js. */
function methodDefinition(service: string, name: string, method: WrittenMethod, typeOf: (name: string) => Type): object {
  const request = codec(() => typeOf(method.requestType));
  const response = codec(() => typeOf(method.responseType));
  return {
    path: `/${service}/${name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
    originalName: name.charAt(0).toLowerCase() + name.slice(1),
  };
}

function codec<Sent extends object, Received>(type: () => Type): Codec<Sent, Received> {
  return {
    serialize: (message) => Buffer.from(type().encode(type().fromObject(message)).finish()),
    deserialize: (bytes) => type().toObject(type().decode(bytes), shape) as Received,
  };
}
