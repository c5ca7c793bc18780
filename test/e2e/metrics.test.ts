// What docs/metrics.md says of metrics, against what an agent gives over HTTP.
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { standIn, type StandIn } from "../gpu/support.ts";
import { makeHouse, simGround, until, type House } from "./support/house.ts";

/** A line of the text format, taken apart. */
interface Value {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

let house: House;
let smi: StandIn;
let address: string;

beforeAll(async () => {
  // Nobody has this pid, so that it is none of a container.
  smi = standIn(["0, GPU-aaaa, RTX 5060 Ti, 16384, 1024, 3"], ["4194999, GPU-aaaa, python, 1024"]);
  const ground = simGround();
  const settings = [
    "driver: sim",
    "sim: { state: sim.json, faults: faults.json, unknown_commands: succeed }",
    "metrics: { listen: 127.0.0.1:0 }",
    `gpu: { nvidia_smi: ${smi.path}, sample_s: 1 }`,
  ];
  house = makeHouse({ ...ground, settings });
  await house.startAgent();
  await until(() => house.agentLog().includes('"metrics":'));
  address = /"metrics":"(127\.0\.0\.1:\d+)"/.exec(house.agentLog())?.[1] ?? "";
});
afterAll(async () => {
  await house.dispose();
  smi.dispose();
});

const get = (path = "/metrics", method = "GET") => fetch(`http://${address}${path}`, { method });
const line = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9.e+]+|\+Inf)$/;

async function scrape() {
  const text = await (await get()).text();
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]));
  const plain = text.split("\n").filter((each) => each !== "" && !each.startsWith("# "));
  const values = plain.map((each): Value => {
    const [, name = `no line of a metric: ${each}`, labels = "", value] = line.exec(each) ?? [];
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", word = ""]) => [key, word]);
    return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
  });
  const of = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    values
      .filter((each) => each.name === name && Object.entries(labels).every(([key, word]) => each.labels[key] === word))
      .map(({ value }) => value);
  return { types, values, of };
}

const table = [
  ...readFileSync(resolve(import.meta.dirname, "../../docs/metrics.md"), "utf8").matchAll(/^\| `([a-z_]+)` +\| (\w+) +\| ([^|]*)\|/gm),
].map(([, name = "", type = "", labels = ""]) => ({ name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) }));

test("after a letsgo that went well and one that failed, every metric of the page is there, and no other, with its type and labels", async () => {
  expect(house.ctl("orchestrate", "900", "950").code).toBe(0);
  const watching = house.begin("events", "--follow");
  expect(house.ctl("letsgo", "950").code).toBe(0);
  await watching.prints("letsgo of 950 succeeded");
  watching.child.kill();
  await watching.ended;
  writeFileSync(join(house.folder, "faults.json"), '[{"call":"start","do":"fail","nth":1,"reason":"BACKEND_FAILED","message":"no"}]');
  expect(house.ctl("letsgo", "950").code).toBe(1);
  // Idle is what was seen twice.
  await until(async () => (await scrape()).of("phoenix_gpu_idle_seconds").length > 0);

  const { types, values } = await scrape();
  const base = (name: string) => (types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ""));
  expect(Object.fromEntries(types)).toEqual(Object.fromEntries(table.map(({ name, type }) => [name, type])));
  expect([...new Set(values.map(({ name }) => base(name)))].toSorted()).toEqual(table.map(({ name }) => name).toSorted());
  const wrong = values.filter(({ name, labels }) => {
    const expected = table.find((each) => each.name === base(name))?.labels;
    return (
      Object.keys(labels)
        .filter((label) => label !== "le")
        .join() !== expected?.join()
    );
  });
  expect(wrong).toEqual([]);
});

test("the values are what has happened", async () => {
  const { of } = await scrape();
  const one = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const found = of(name, labels);
    return found.length === 1 ? found[0] : found;
  };
  expect({
    orchestrated: one("phoenix_runs_total", { kind: "orchestrate", result: "succeeded" }),
    letsgo: [
      one("phoenix_runs_total", { kind: "letsgo", result: "succeeded" }),
      one("phoenix_runs_total", { kind: "letsgo", result: "failed" }),
    ],
    boots: one("phoenix_runs_total", { kind: "start", result: "failed" }),
    unfinished: of("phoenix_runs_unfinished"),
    queue: one("phoenix_queue_oldest_seconds"),
    applications: [
      one("phoenix_step_duration_seconds_count", { step: "application", result: "ok" }),
      one("phoenix_step_duration_seconds_count", { step: "start", result: "failed" }),
    ],
    calls: one("phoenix_driver_call_duration_seconds_bucket", { call: "snapshot", le: "+Inf" }),
    errors: one("phoenix_driver_errors_total", { call: "start", reason: "BACKEND_FAILED" }),
    health: of("phoenix_healthy"),
    snapshots: one("phoenix_snapshots", { ctid: "950", age: "1d" }),
    old: one("phoenix_snapshots", { ctid: "950", age: "older" }),
    gpu: [
      one("phoenix_gpu_visible"),
      one("phoenix_gpu_memory_bytes"),
      one("phoenix_gpu_memory_used_bytes"),
      one("phoenix_gpu_utilization_ratio"),
    ],
    host: one("phoenix_gpu_container_memory_bytes", { gpu: "0", ctid: "host" }),
    build: one("phoenix_build_info", { driver: "sim" }),
  }).toEqual({
    orchestrated: 2,
    letsgo: [1, 1],
    boots: 0,
    unfinished: [0, 0, 0],
    queue: 0,
    applications: [2, 1],
    calls: 5,
    errors: 1,
    health: [1, 1, 1],
    snapshots: 2,
    old: 0,
    gpu: [1, 2 ** 34, 2 ** 30, 0.03],
    host: 2 ** 30,
    build: 1,
  });
  expect(one("phoenix_snapshot_taken_seconds", { ctid: "950", snapshot: "final-form" })).toBeGreaterThan(Date.now() / 1000 - 600);
});

test("it answers while the driver hangs, and says so", async () => {
  writeFileSync(join(house.folder, "faults.json"), '[{"call":"stop","ctid":900,"do":"hang"}]');
  const stopping = house.begin("stop", "900");
  await until(async () => (await scrape()).of("phoenix_driver_calls_open")[0] === 1);
  const { of } = await scrape();
  expect(of("phoenix_runs_unfinished", { state: "running" })).toEqual([1]);
  writeFileSync(join(house.folder, "faults.json"), '[{"call":"observe","do":"hang"}]');
  // Whoever asks for the inventory waits; a scrape does not.
  const asking = house.begin("ps");
  await until(async () => ((await scrape()).of("phoenix_driver_calls_open")[0] ?? 0) > 1);
  stopping.child.kill();
  asking.child.kill();
  await Promise.all([stopping.ended, asking.ended]);
});

test.each([
  ["GET", "/", 404],
  ["GET", "/metrics/../agent.yaml", 404],
  ["POST", "/metrics", 405],
  ["DELETE", "/metrics", 405],
  ["HEAD", "/metrics", 200],
  ["GET", "/metrics?debug=1", 200],
])("%s %s is answered with %d", async (method, path, status) => {
  expect((await get(path, method)).status).toBe(status);
});

test("more connections than a Prometheus needs are closed, and the others go on", async () => {
  const [host = "", port = ""] = address.split(":");
  const sockets = Array.from({ length: 40 }, () => connect({ host, port: Number(port) }).on("error", () => {}));
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once("connect", done).once("close", done))));
  await until(() => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length >= 24);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await get().catch(() => null))?.status === 200);
});

test("a port that is taken is said with its setting", async () => {
  const other = makeHouse({ ...simGround(), settings: ["driver: sim", `metrics: { listen: ${address} }`] });
  await expect(other.startAgent()).rejects.toThrow(`metrics.listen: can't listen on ${address}`);
  await other.dispose();
});
