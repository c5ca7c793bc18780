import protobuf from "protobufjs";
import "protobufjs/ext/descriptor/index.js";
import type * as descriptor from "protobufjs/ext/descriptor/index.js";
import type { IDescriptorProto, IFileDescriptorProto } from "protobufjs/ext/descriptor/index.js";

// Node can't tell what that module exports, so that the sources would not run unbuilt; it adds the same to protobuf, which the types don't say.
const { FileDescriptorProto } = (protobuf as unknown as { readonly descriptor: typeof descriptor }).descriptor;

/** A set of proto files, as reflection asks for them. */
export interface DescriptorIndex {
  readonly services: readonly string[];
  /** A file and all that it needs, each as the bytes of its FileDescriptorProto; null: there is none of this name. */
  readonly byFile: (name: string) => readonly Buffer[] | null;
  /** The same for the file that defines this message, enum, service or method. */
  readonly bySymbol: (symbol: string) => readonly Buffer[] | null;
}

interface File {
  readonly bytes: Buffer;
  readonly needs: readonly string[];
  readonly symbols: readonly string[];
  readonly services: readonly string[];
}

/** Indexes a FileDescriptorSet. The bytes of each file stay as the compiler wrote them. */
export function indexDescriptors(descriptorSet: Uint8Array): DescriptorIndex {
  const files = new Map(split(descriptorSet).map((bytes) => readFile(bytes)));
  const homes = new Map([...files].flatMap(([name, { symbols }]) => symbols.map((symbol) => [symbol, name] as const)));
  const byFile = (name: string) => (files.has(name) ? [...closure(name, files)].flatMap((each) => files.get(each)?.bytes ?? []) : null);
  return {
    services: [...files.values()].flatMap(({ services }) => services).sort(),
    byFile,
    bySymbol: (symbol) => {
      const home = homes.get(symbol);
      return home === undefined ? null : byFile(home);
    },
  };
}

/** The set has one field, the files. */
function split(descriptorSet: Uint8Array): readonly Buffer[] {
  const reader = protobuf.Reader.create(descriptorSet);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}

function readFile(bytes: Buffer): readonly [string, File] {
  const file = FileDescriptorProto.decode(bytes) as IFileDescriptorProto;
  const name = (local: string | undefined) => [file.package, local].filter((part) => (part ?? "") !== "").join(".");
  const services = (file.service ?? []).map((service) => name(service.name));
  const symbols = [
    ...services,
    ...(file.service ?? []).flatMap((service) => (service.method ?? []).map((method) => `${name(service.name)}.${method.name}`)),
    ...(file.enumType ?? []).map((each) => name(each.name)),
    ...(file.messageType ?? []).flatMap((message) => messageSymbols(name(message.name), message)),
  ];
  return [file.name ?? "", { bytes, needs: (file.dependency as string[] | undefined) ?? [], symbols, services }];
}

function messageSymbols(name: string, message: IDescriptorProto): readonly string[] {
  return [
    name,
    ...(message.enumType ?? []).map((each) => `${name}.${each.name}`),
    ...(message.nestedType ?? []).flatMap((nested) => messageSymbols(`${name}.${nested.name}`, nested)),
  ];
}

function closure(name: string, files: ReadonlyMap<string, File>, found = new Set<string>()): ReadonlySet<string> {
  if (!found.has(name)) {
    found.add(name);
    for (const need of files.get(name)?.needs ?? []) closure(need, files, found);
  }
  return found;
}
