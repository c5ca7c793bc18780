// Requests that nobody would make: of every type of the contract, in all their fields, and bytes that are none of it.
import fc from "fast-check";
import protobuf, { type Field, type Root, type Type } from "protobufjs";
import "protobufjs/ext/descriptor/index.js";
import { descriptorSet } from "../../../proto/gen/descriptor.ts";

/** What somebody sends, as it goes over the wire: the messages of one call. */
export type Sent = readonly Buffer[];

/** What means something to the host of the test, so that some requests get beyond the first check. */
const known = {
  text: ["pre-configured", "final-form", "local", "true", "cat", "sh", "echo", "953", "phoenix.v1.HostService", "fuzz"],
  number: [900, 950, 952, 953, 1, 60, 3600],
} as const;
const hostile = ["../../../etc/passwd", "/", "-rf", "a\0b", "\n", "%s%n", "' or 1=1 --", "$(reboot)", "é".repeat(300), "x".repeat(70_000)];

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...known.text) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
  { weight: 1, arbitrary: fc.constantFrom(...hostile) },
);
const small = fc.oneof(fc.constantFrom(...known.number), fc.constantFrom(0, 99, 2 ** 31 - 1, 2 ** 32 - 1), fc.nat());
const large = fc.oneof(small, fc.constantFrom(2 ** 32, Number.MAX_SAFE_INTEGER));

/** How deep messages hold messages. Some types hold themselves. */
const deepest = 5;

/** Requests of a method of the contract, by its path. */
export type Requests = (path: string) => fc.Arbitrary<Sent>;

/** Reads the types out of the contract's FileDescriptorSet. */
export function readRequests(): Requests {
  const set = Buffer.from(descriptorSet, "base64");
  const root = (protobuf.Root as unknown as { fromDescriptor: (set: Uint8Array) => Root }).fromDescriptor(set);
  root.resolveAll();
  return (path) => {
    // What is served as v1alpha is not in the contract, and is the same.
    const [, service = "", method = ""] = path.replace(".v1alpha.", ".v1.").split("/");
    const type = root.lookupService(service).methods[method]?.resolvedRequestType;
    if (type == null) throw new Error(`${path} is not in the contract`);
    const whole = messageOf(type, 0).map((message) => Buffer.from(type.encode(type.fromObject(message)).finish()));
    const one = fc.oneof(
      { weight: 4, arbitrary: whole },
      { weight: 1, arbitrary: whole.map((bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))) },
      { weight: 1, arbitrary: fc.tuple(whole, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => changed(bytes, at, value)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    );
    return fc.array(one, { minLength: 1, maxLength: 3 });
  };
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  if (bytes.length > 0) bytes[at % bytes.length] = value;
  return bytes;
}

/** What protobufjs takes for a message; a map is a list of its entries here, which is the same bytes. */
function messageOf(type: Type, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fieldsArray.flatMap((field) => {
    field.resolve();
    const value = depth >= deepest && field.resolvedType !== null && "fieldsArray" in field.resolvedType ? null : valueOf(field, depth);
    if (value === null) return [];
    return [[field.name, field.repeated ? fc.array(value, { maxLength: 4 }) : value] as const];
  });
  return fc.record(Object.fromEntries<fc.Arbitrary<unknown>>(fields), { requiredKeys: [] });
}

function valueOf(field: Field, depth: number): fc.Arbitrary<unknown> {
  const { resolvedType } = field;
  if (resolvedType !== null && "fieldsArray" in resolvedType) return messageOf(resolvedType, depth + 1);
  if (resolvedType !== null) return fc.integer({ min: -1, max: 12 });
  switch (field.type) {
    case "string":
      return text;
    case "bool":
      return fc.boolean();
    case "bytes":
      return fc.uint8Array({ maxLength: 200 });
    case "float":
    case "double":
      return fc.double();
    default:
      return field.type.endsWith("64") ? large : small;
  }
}
