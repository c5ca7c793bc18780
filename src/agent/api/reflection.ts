import { status } from "@grpc/grpc-js";
import type { ServerReflectionHandlers, ServerReflectionRequest__Output, ServerReflectionResponse } from "../../../proto/services.ts";
import type { Contract } from "../../../proto/index.ts";
import type { Adapter } from "./adapt.ts";
import type { DescriptorIndex } from "./descriptors.ts";

type Answer = Omit<ServerReflectionResponse, "valid_host" | "original_request">;
type Definition = Contract["services"]["reflection"];

/** grpc.reflection.v1.ServerReflection, out of the embedded descriptors, which are read when somebody asks for the first time: few do. */
export function reflection({ bidi }: Adapter): ServerReflectionHandlers {
  let reading: Promise<DescriptorIndex> | undefined;
  return {
    ServerReflectionInfo: bidi(async (requests, { send }) => {
      const index = await (reading ??= readIndex());
      for await (const request of requests) {
        await send({ valid_host: request.host, original_request: request, ...answer(request, index) });
      }
    }),
  };
}

/** Older clients ask for v1alpha: the same messages under another name. */
export function alphaOf({ ServerReflectionInfo }: Definition): Definition {
  return { ServerReflectionInfo: { ...ServerReflectionInfo, path: ServerReflectionInfo.path.replace(".v1.", ".v1alpha.") } };
}

async function readIndex(): Promise<DescriptorIndex> {
  const [{ indexDescriptors }, { descriptorSet }] = await Promise.all([
    import("./descriptors.ts"),
    import("../../../proto/gen/descriptor.ts"),
  ]);
  return indexDescriptors(Buffer.from(descriptorSet, "base64"));
}

function answer(request: ServerReflectionRequest__Output, index: DescriptorIndex): Answer {
  switch (request.message_request) {
    case "list_services":
      return { list_services_response: { service: index.services.map((name) => ({ name })) } };
    case "file_by_filename":
      return files(index.byFile(request.file_by_filename ?? ""), `no file ${request.file_by_filename}`);
    case "file_containing_symbol":
      return files(index.bySymbol(request.file_containing_symbol ?? ""), `no symbol ${request.file_containing_symbol}`);
    case "file_containing_extension":
    case "all_extension_numbers_of_type":
      return refused(status.NOT_FOUND, "there are no extensions");
    default:
      return refused(status.INVALID_ARGUMENT, "message_request: expected one of its fields");
  }
}

function files(found: readonly Buffer[] | null, otherwise: string): Answer {
  return found === null ? refused(status.NOT_FOUND, otherwise) : { file_descriptor_response: { file_descriptor_proto: [...found] } };
}

function refused(error_code: status, error_message: string): Answer {
  return { error_response: { error_code, error_message } };
}
