import { globSync } from "node:fs";
import { join } from "node:path";
import protobuf, { type Enum, type Field, type Method, type Root, type Service, type Type } from "protobufjs";
import { methods } from "../../src/agent/api/methods.ts";
import { cell, code, table } from "./markdown.ts";

/** The services, messages and enums of our protos, with what their comments say. */
export function grpcReference(): string {
  const root = readProtos();
  const own = root.lookup("phoenix.v1") as protobuf.Namespace;
  const all = own.nestedArray.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    "## Services",
    "*Does* is read (changes nothing), change, or begin (makes something happen on the host, and is refused while the agent is ending); what is no read is written to the audit. *Role* is the least that may call it.",
    ...all.filter((object) => object instanceof protobuf.Service).map(serviceSection),
    "## Messages",
    ...all.filter((object) => object instanceof protobuf.Type).map(messageSection),
    "## Enums",
    ...all.filter((object) => object instanceof protobuf.Enum).map(enumSection),
  ].join("\n\n");
}

function readProtos(): Root {
  const root = new protobuf.Root();
  const bundled = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) => (/^(phoenix|google\/rpc|grpc)\//.test(target) ? join("proto", target) : bundled(origin, target));
  const files = globSync("phoenix/v1/*.proto", { cwd: "proto" }).toSorted();
  root.loadSync(files, { keepCase: true, alternateCommentMode: true }).resolveAll();
  return root;
}

function serviceSection(service: Service): string {
  const rows = service.methodsArray.map((method) => {
    const known = methods[`/phoenix.v1.${service.name}/${method.name}`];
    if (known === undefined) throw new Error(`${service.name}.${method.name} is not in src/agent/api/methods.ts`);
    return [code(method.name), said(method.comment), message(method, "request"), message(method, "response"), known.effect, known.role];
  });
  return [`### ${service.name}`, said(service.comment), table(["call", "what it does", "request", "response", "does", "role"], rows)].join(
    "\n\n",
  );
}

function message(method: Method, which: "request" | "response"): string {
  const type = which === "request" ? method.resolvedRequestType : method.resolvedResponseType;
  const streamed = which === "request" ? method.requestStream : method.responseStream;
  return `${streamed === true ? "stream of " : ""}${link(type?.name ?? "")}`;
}

function messageSection(type: Type): string {
  const rows = type.fieldsArray.map((field) => [code(field.name), typeOf(field), said(field.comment)]);
  const nested = type.nestedArray.filter((object) => object instanceof protobuf.Type || object instanceof protobuf.Enum);
  if (nested.length > 0) throw new Error(`${type.name} has messages inside, which the reference does not show`);
  return [`### ${type.name}`, said(type.comment), ...(rows.length === 0 ? [] : [table(["field", "type", "what it is"], rows)])].join(
    "\n\n",
  );
}

function enumSection({ name, comment, values, comments }: Enum): string {
  const rows = Object.entries(values).map(([value, no]) => [code(value), String(no), said(comments[value] ?? null)]);
  return [`### ${name}`, said(comment), table(["value", "", "what it means"], rows)].join("\n\n");
}

function typeOf(field: Field): string {
  const own = field.resolvedType?.parent?.fullName === ".phoenix.v1";
  const type = own ? link(field.resolvedType?.name ?? "") : code(field.type);
  if (field instanceof protobuf.MapField) return `map of ${code(field.keyType)} to ${type}`;
  const one = field.partOf === null || field.partOf.name.startsWith("_") ? "" : `; one of ${code(field.partOf.name)}`;
  return `${field.repeated ? "list of " : ""}${type}${one}`;
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

/** A comment as a cell. */
function said(comment: string | null): string {
  return cell(comment ?? "");
}
