// Service and message definitions for grpc-js. @grpc/proto-loader makes the same from a descriptor set, but it knows no map fields in
// one, and a client's start would wait for what it makes beyond this.
import type { INamespace, Method, Root, Service, Type } from "protobufjs";
import { describe, type Shown } from "./describe.ts";
import { fieldsOf } from "./fields.ts";

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
  // Root.fromJSON would resolve every type at once; each resolves itself when it is first used, and few of them are.
  const root = new protobuf.Root().addJSON((JSON.parse(json) as INamespace).nested ?? {}) as Root;
  const requests = new Map<string, Type>();
  return {
    service: (name) => serviceDefinition(root.lookupService(name), requests),
    describe: (path, message) => {
      const type = requests.get(path);
      return type === undefined ? {} : describe(type, message);
    },
    fields: (path, message) => {
      const type = requests.get(path);
      return type === undefined ? [] : fieldsOf(type, message);
    },
    message: (name) => codec(root.lookupType(name)),
  };
}

function serviceDefinition(service: Service, requests: Map<string, Type>): Record<string, unknown> {
  return Object.fromEntries(
    service.methodsArray.map((method) => [method.name, methodDefinition(service.fullName.slice(1), method, requests)]),
  );
}

/** Of a method, for grpc-js; the type of its request is kept by its path. */
function methodDefinition(service: string, method: Method, requests: Map<string, Type>): object {
  method.resolve();
  const { resolvedRequestType, resolvedResponseType } = method;
  if (resolvedRequestType === null || resolvedResponseType === null) throw new Error(`${service}.${method.name} has no types`);
  requests.set(`/${service}/${method.name}`, resolvedRequestType);
  const request = codec(resolvedRequestType);
  const response = codec(resolvedResponseType);
  return {
    path: `/${service}/${method.name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
    originalName: method.name.charAt(0).toLowerCase() + method.name.slice(1),
  };
}

function codec<Sent extends object, Received>(type: Type): Codec<Sent, Received> {
  return {
    serialize: (message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    deserialize: (bytes) => type.toObject(type.decode(bytes), shape) as Received,
  };
}
