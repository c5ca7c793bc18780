// Service and message definitions for grpc-js out of the embedded descriptor set. @grpc/proto-loader makes the same, but it knows
// no map fields in descriptor sets, and a client's start would wait for what it makes beyond this.
import type { MapField, Method, NamespaceBase, Root, Service, Type } from "protobufjs";

import { describe, type Shown } from "./describe.ts";

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
  readonly message: <Sent extends object, Received>(name: string) => Codec<Sent, Received>;
}

/** Reads a FileDescriptorSet. */
export async function readDefinitions(descriptorSet: Uint8Array): Promise<Definitions> {
  const { default: protobuf } = await import("protobufjs");
  // Adds fromDescriptor to Root, which the types do not say.
  await import("protobufjs/ext/descriptor/index.js");
  const root = (protobuf.Root as unknown as { fromDescriptor: (set: Uint8Array) => Root }).fromDescriptor(descriptorSet);
  eachType(root, (type) => restoreMaps(type, protobuf.MapField));
  const requests = new Map<string, Type>();
  return {
    service: (name) => serviceDefinition(root.lookupService(name), requests),
    describe: (path, message) => {
      const type = requests.get(path);
      return type === undefined ? {} : describe(type, message);
    },
    message: (name) => codec(root.lookupType(name)),
  };
}

/** In a descriptor set a map is a list of entries; protobufjs leaves it at that. */
function restoreMaps(type: Type, MapOf: typeof MapField): void {
  for (const field of type.fieldsArray) {
    const entry = field.resolvedType;
    if (entry === null || !("fields" in entry) || entry.options?.["map_entry"] !== true || entry.parent !== type) continue;
    const key = entry.fields["key"];
    const value = entry.fields["value"];
    if (key === undefined || value === undefined) continue;
    type.remove(field);
    type.add(new MapOf(field.name, field.id, key.type, value.type));
  }
}

function eachType(space: NamespaceBase, see: (type: Type) => void): void {
  for (const object of space.nestedArray) {
    if ("fieldsArray" in object) see(object as Type);
    if ("nestedArray" in object) eachType(object as NamespaceBase, see);
  }
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
