import { abilities } from "../../proto/abilities.ts";
import { status } from "@grpc/grpc-js";
import type { Container__Output } from "../../proto/index.ts";
import type { World } from "../../src/agent/plan/world.ts";
import { record, runId } from "./support/runs.ts";
import { closeAll, configuration, serve } from "./support/serve.ts";
import { config, container, world } from "./support/world.ts";

afterEach(closeAll);

const serveWorld = (given: World) => serve({ host: { world: () => Promise.resolve(given) } });
const bind = { kind: "bind", source: "/srv/models", container_path: "/models", in_snapshots: false } as const;

test("GetHost tells what the agent is and what is wrong with its manifest", async () => {
  const problem = { ctid: null, path: "$.nfs", line: 3, column: 7, message: "m" };
  const problems = [
    { ...problem, severity: "error" },
    { ...problem, severity: "warning" },
  ] as const;
  const { call } = await serve({
    // Also where the platform does not answer.
    host: { world: () => Promise.reject(new Error("not mounted")) },
    keeper: { current: () => configuration(world({ problems }).manifest) },
    journal: { unfinished: () => [record(), record()] },
  });
  const { ctid: _, ...told } = problem;
  expect(await call("host/GetHost")).toEqual({
    hostname: "pve1",
    version: "0.1.0",
    driver: "sim",
    manifest: "/etc/manifest.json",
    manifest_hash: "ab".repeat(32),
    problems: [
      { ...told, error: true },
      { ...told, error: false },
    ],
    started_at: { seconds: 1_700_000_000, nanos: 0 },
    active_runs: 2,
    abilities: Object.keys(abilities),
  });
});

describe("ListContainers", () => {
  const given = world({
    configs: [
      config({ settings: { memory_mb: "1024" }, boot: { start: true, order: 0, delay_s: 0 }, gpus: [0, 1] }),
      config({ ctid: 900, name: "base", boot: { start: false, order: null, delay_s: 0 } }),
    ],
    containers: [
      container({ settings: { memory_mb: "512" }, gpu_access: true, attachments: [bind] }),
      container({ ctid: 100, name: "hand-made", state: "frozen", lock: "backup" }),
    ],
    broken: new Map([[901, [{ severity: "error", ctid: 901, path: "$", line: 1, column: 1, message: "cores: expected a number" }]]]),
    ledgers: new Map([[950, { live: { "feature.docker": "a", application: "b" }, snapshots: {} }]]),
    active: [[950, runId]],
  });

  test("puts together what is there and what is wanted, by id", async () => {
    const { call } = await serve({
      host: { world: () => Promise.resolve(given), health: (ctid) => (ctid === 950 ? "unhealthy" : "healthy") },
    });
    const { containers, ...rest } = await call<{ containers: Container__Output[] }>("host/ListContainers");
    expect(rest).toEqual({ hostname: "pve1", driver: "sim", config_trouble: "" });
    const brief = containers.map(({ ctid, name, state, lock, in_manifest }) => [ctid, name, state, lock, in_manifest]);
    expect(brief).toEqual([
      [100, "hand-made", "CONTAINER_STATE_FROZEN", "backup", false],
      [900, "base", "CONTAINER_STATE_ABSENT", "", true],
      [901, "901", "CONTAINER_STATE_ABSENT", "", true],
      [950, "llm", "CONTAINER_STATE_RUNNING", "", true],
    ]);
    expect(containers[3]).toEqual({
      ctid: 950,
      name: "llm",
      state: "CONTAINER_STATE_RUNNING",
      health: "HEALTH_UNHEALTHY",
      lock: "",
      gpus: "0,1",
      boot_order: 0,
      _boot_order: "boot_order",
      start_at_boot: true,
      in_manifest: true,
      snapshots: [expect.objectContaining({ name: "pre-configured", ctid: 950 }), expect.objectContaining({ name: "final-form" })],
      settings: [],
      mounts: [],
      features: [],
      notes: ["memory_mb 512 -> 1024 pending"],
      active_run_id: runId,
    });
    expect(containers[0]).toMatchObject({ notes: ["locked by backup", "not in the manifest"], gpus: "", start_at_boot: false });
    expect(containers[0]).not.toHaveProperty("boot_order");
    expect(containers.slice(0, 3).map(({ health }) => health)).toEqual(Array(3).fill("HEALTH_UNSPECIFIED"));
  });

  test("gives one container in detail", async () => {
    const { call } = await serveWorld(given);
    const { containers } = await call<{ containers: Container__Output[] }>("host/ListContainers", { ctid: 950 });
    expect(containers).toEqual([
      expect.objectContaining({
        settings: [{ name: "memory_mb", live: "512", wanted: "1024" }],
        mounts: [{ container_path: "/models", source: "/srv/models", volume: false, attached: true }],
        features: ["docker"],
      }),
    ]);
  });

  test("shows what is wanted and not attached", async () => {
    const volume = { name: "data", pool: "p", size_gb: 1, mount_point: "/data", snapshot: false };
    const mounts = ["/models", "/other"].map((container_path) => ({ host_path: "/x", container_path, owner_uid: null, owner_gid: null }));
    const { call } = await serveWorld(
      world({ configs: [config({ volumes: [volume], mounts })], containers: [container({ attachments: [bind] })] }),
    );
    const { containers } = await call<{ containers: Container__Output[] }>("host/ListContainers", { ctid: 950 });
    expect(containers[0]?.mounts).toEqual([
      { container_path: "/models", source: "/srv/models", volume: false, attached: true },
      { container_path: "/data", source: "data", volume: true, attached: false },
      { container_path: "/other", source: "/x", volume: false, attached: false },
    ]);
  });

  test("knows what nobody has heard of", async () => {
    const { call, fails } = await serveWorld(given);
    const failed = await fails(call("host/ListContainers", { ctid: 999 }));
    expect(failed).toMatchObject({ code: status.NOT_FOUND, message: "999 is neither on this host nor in its manifest" });
  });
});

describe("each change is a run", () => {
  test.each<[string, object, object]>([
    ["StartContainer", {}, { kind: "start" }],
    ["StopContainer", {}, { kind: "stop", how: "graceful" }],
    ["StopContainer", { kill: true }, { kind: "stop", how: "kill" }],
    ["RestartContainer", {}, { kind: "restart", how: "graceful" }],
    ["RestartContainer", { kill: true }, { kind: "restart", how: "kill" }],
  ])("%s with %j", async (method, over, wish) => {
    const start = jest.fn(() => Promise.resolve({ runs: [record()], refused: [] }));
    const { call } = await serve({ orchestrator: { start } });
    const answer = await call(`host/${method}`, { request_id: "r-1", ctid: 950, wait: true, ...over });
    expect(answer).toMatchObject({ run: { id: runId } });
    expect(start.mock.calls).toEqual([["r-1", wish, [950], "queue"]]);
  });
});

test("Examine hands on what the doctor says", async () => {
  const finding = { subject: "clock", message: "it has gone back", remedy: "timedatectl" };
  const { call } = await serve({ doctor: { examine: () => Promise.resolve([{ level: "error", ...finding }]) } });
  expect(await call("host/Examine")).toEqual({ findings: [{ level: "FINDING_LEVEL_ERROR", ...finding }] });
});
