import { status } from "@grpc/grpc-js";
import { all, closeAll, next, serve } from "./support/serve.ts";

afterEach(closeAll);

const services = [
  "",
  "phoenix.v1.OrchestrationService",
  "phoenix.v1.SnapshotService",
  "phoenix.v1.TrustService",
  "phoenix.v1.HostService",
  "phoenix.v1.BootService",
  "phoenix.v1.GpuService",
  "phoenix.v1.ConfigService",
];

test.each(services)("%j serves, until the agent is about to end", async (service) => {
  const { call, server } = await serve();
  expect(await call("health/Check", { service })).toEqual({ status: "SERVING" });
  server.drain();
  expect(await call("health/Check", { service })).toEqual({ status: "NOT_SERVING" });
});

test("Check knows no other service", async () => {
  const { call, fails } = await serve();
  const failed = await fails(call("health/Check", { service: "phoenix.v1.Nothing" }));
  expect(failed).toMatchObject({ code: status.NOT_FOUND, message: 'service: expected one that is served, got "phoenix.v1.Nothing"' });
});

test("List gives all of them", async () => {
  const { call } = await serve();
  expect(await call("health/List")).toEqual({ statuses: Object.fromEntries(services.map((service) => [service, { status: "SERVING" }])) });
});

test("Watch tells the status, each change once, and ends with the agent", async () => {
  const { watch, server, fails } = await serve();
  const stream = watch<{ status: string }>("health/Watch", { service: "" });
  expect(await next(stream)).toEqual({ status: "SERVING" });
  server.drain();
  server.drain();
  expect(await next(stream)).toEqual({ status: "NOT_SERVING" });
  const failed = fails(all(stream));
  await server.close(60_000);
  expect(await failed).toMatchObject({ code: status.UNAVAILABLE, report: { reason: "SHUTTING_DOWN" } });
});

test("Watch of a service that nobody knows says so, and waits", async () => {
  const { watch, fails } = await serve();
  const stream = watch<{ status: string }>("health/Watch", { service: "phoenix.v1.Nothing" });
  expect(await next(stream)).toEqual({ status: "SERVICE_UNKNOWN" });
  const rest = all(stream);
  stream.cancel();
  expect(await fails(rest)).toMatchObject({ code: status.CANCELLED });
});
