import { status } from "@grpc/grpc-js";
import { all, closeAll, next, serve } from "./support/serve.ts";

afterEach(closeAll);

const services = [
  "",
  "driver",
  "database",
  "scheduler",
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

test.each(["driver", "database", "scheduler"])("an ill %s is told apart, and the agent as a whole does not serve then", async (ill) => {
  const { call } = await serve({ vitals: { latest: (vital) => (vital === ill ? "no answer" : null) } });
  const { statuses } = await call<{ statuses: Record<string, { status: string }> }>("health/List");
  const unwell = Object.keys(statuses).filter((service) => statuses[service]?.status === "NOT_SERVING");
  expect(unwell).toEqual(["", ill]);
  expect(await call("health/Check", { service: ill })).toEqual({ status: "NOT_SERVING" });
});

test("Check looks at what it is asked about, and at nothing else", async () => {
  const looked: string[] = [];
  const { call } = await serve({ vitals: { look: (vital) => Promise.resolve(void looked.push(vital)) } });
  await call("health/Check", { service: "phoenix.v1.HostService" });
  await call("health/Check", { service: "database" });
  expect(looked).toEqual(["database"]);
  await call("health/Check", { service: "" });
  expect(looked).toEqual(["database", "driver", "database", "scheduler"]);
});

test("Watch of a part tells that it falls ill and that it is well again, and nothing of others", async () => {
  const ill = new Set<string>();
  let changed = () => {};
  const { watch, fails } = await serve({
    vitals: { latest: (vital) => (ill.has(vital) ? "no answer" : null), onChange: (call) => ((changed = call), () => {}) },
  });
  const stream = watch<{ status: string }>("health/Watch", { service: "driver" });
  expect(await next(stream)).toEqual({ status: "SERVING" });
  ill.add("database");
  changed();
  ill.add("driver");
  changed();
  expect(await next(stream)).toEqual({ status: "NOT_SERVING" });
  ill.delete("driver");
  changed();
  expect(await next(stream)).toEqual({ status: "SERVING" });
  const rest = all(stream);
  stream.cancel();
  expect(await fails(rest)).toMatchObject({ code: status.CANCELLED });
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
