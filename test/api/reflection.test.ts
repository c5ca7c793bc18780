import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { makeGenericClientConstructor, credentials, type ClientDuplexStream } from "@grpc/grpc-js";
import { alphaOf } from "../../src/agent/api/reflection.ts";
import { loadContract } from "../../proto/index.ts";
import { closeAll, serve, type Served } from "./support/serve.ts";

afterEach(closeAll);

const run = promisify(execFile);

/** buf's generic client, which knows nothing of the contract but what reflection tells it. */
function bufCurl({ socket }: Served, ...args: readonly string[]): Promise<{ stdout: string }> {
  return run("node_modules/.bin/buf", ["curl", "--unix-socket", socket, "--http2-prior-knowledge", "--protocol", "grpc", ...args]);
}

test("a generic client finds the services", async () => {
  const served = await serve();
  const { stdout } = await bufCurl(served, "--list-services", "http://localhost");
  expect(stdout.trim().split("\n").sort()).toEqual([
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "phoenix.v1.BootService",
    "phoenix.v1.ConfigService",
    "phoenix.v1.GpuService",
    "phoenix.v1.HostService",
    "phoenix.v1.OrchestrationService",
    "phoenix.v1.SnapshotService",
    "phoenix.v1.TrustService",
  ]);
});

test("a generic client finds the methods", async () => {
  const served = await serve();
  const { stdout } = await bufCurl(served, "--list-methods", "http://localhost");
  expect(stdout.trim().split("\n")).toContain("phoenix.v1.OrchestrationService/WatchRun");
});

test("a generic client calls what it has found", async () => {
  const served = await serve();
  const { stdout } = await bufCurl(served, "--data", "{}", "http://localhost/phoenix.v1.HostService/GetHost");
  expect(JSON.parse(stdout)).toMatchObject({ hostname: "pve1", driver: "sim", startedAt: "2023-11-14T22:13:20Z" });
});

test("a generic client reads our errors", async () => {
  const served = await serve();
  const call = bufCurl(served, "--data", '{"runId":"x"}', "http://localhost/phoenix.v1.OrchestrationService/GetRun");
  const { stderr } = (await call.catch((thrown: unknown) => thrown)) as { stderr: string };
  expect(JSON.parse(stderr)).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("run_id: expected a run's id"),
    details: [{ type: "google.rpc.ErrorInfo", value: expect.any(String) }],
  });
});

interface Answer {
  readonly message_response: string;
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
  readonly error_response?: { readonly error_code: number; readonly error_message: string };
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
}

async function ask(stream: ClientDuplexStream<object, Answer>, ...questions: readonly object[]): Promise<Answer[]> {
  for (const question of questions) stream.write(question);
  stream.end();
  return stream.toArray();
}

const files = ({ file_descriptor_response }: Answer) =>
  (file_descriptor_response?.file_descriptor_proto ?? []).map((bytes) => bytes.subarray(2, 2 + (bytes[1] ?? 0)).toString());

const withNeeds = ["phoenix/v1/snapshot_service.proto", "google/protobuf/timestamp.proto", "phoenix/v1/plan.proto", "phoenix/v1/run.proto"];

describe("asked by hand", () => {
  test.each<[object, readonly string[]]>([
    [{ file_by_filename: "phoenix/v1/snapshot_service.proto" }, withNeeds],
    [{ file_containing_symbol: "phoenix.v1.SnapshotService" }, withNeeds],
    [{ file_containing_symbol: "phoenix.v1.SnapshotService.ListSnapshots" }, withNeeds],
    [{ file_containing_symbol: "phoenix.v1.Plan" }, ["phoenix/v1/plan.proto"]],
    [{ file_containing_symbol: "phoenix.v1.RunKind" }, ["phoenix/v1/plan.proto"]],
    [
      { file_containing_symbol: "google.rpc.PreconditionFailure.Violation" },
      ["google/rpc/error_details.proto", "google/protobuf/duration.proto"],
    ],
    [{ file_containing_symbol: "grpc.health.v1.HealthCheckResponse.ServingStatus" }, ["grpc/health/v1/health.proto"]],
  ])("%j gives the file and all that it needs", async (question, expected) => {
    const { duplex } = await serve();
    const [answer] = await ask(duplex("reflection/ServerReflectionInfo"), question);
    expect(files(answer!)).toEqual(expected);
  });

  test("each question is answered, in order, those without an answer too", async () => {
    const { duplex } = await serve();
    const answers = await ask(
      duplex("reflection/ServerReflectionInfo"),
      { host: "h", file_by_filename: "no.proto" },
      { file_containing_symbol: "no.Symbol" },
      { file_containing_extension: { containing_type: "phoenix.v1.Plan", extension_number: 1 } },
      { all_extension_numbers_of_type: "phoenix.v1.Plan" },
      {},
      { list_services: "*" },
    );
    expect(answers.map((answer) => answer.error_response)).toEqual([
      { error_code: 5, error_message: "no file no.proto" },
      { error_code: 5, error_message: "no symbol no.Symbol" },
      { error_code: 5, error_message: "there are no extensions" },
      { error_code: 5, error_message: "there are no extensions" },
      { error_code: 3, error_message: "message_request: expected one of its fields" },
      undefined,
    ]);
    expect(answers[0]).toMatchObject({ valid_host: "h", original_request: { file_by_filename: "no.proto" } });
  });

  test("older clients ask under another name", async () => {
    const { socket } = await serve();
    const alpha = alphaOf((await loadContract()).services.reflection);
    const Client = makeGenericClientConstructor(alpha, "ServerReflection");
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    const call = client["ServerReflectionInfo"] as () => ClientDuplexStream<object, Answer>;
    const [answer] = await ask(call.call(client), { list_services: "" });
    expect(answer?.list_services_response?.service.map(({ name }) => name)).toContain("phoenix.v1.HostService");
    client.close();
  });
});
