import type { Power } from "../../src/agent/domain/plan.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import * as w from "../support/world.ts";

const { ask, lines, planText } = w;

const settings = { hostname: "c950", memory_mb: "2048", cores: "2" };
const plain = w.config({ ctid: 950 });
const withGpu = w.config({ ctid: 950, gpus: [0, 1], settings: { gpus: "0,1" } });
const up = w.container({ ctid: 950, state: "running", snapshots: w.bothSnapshots, settings });
const upWithGpu = { ...up, gpu_access: true, settings: { ...settings, gpus: "0,1" } };

describe("at the end of orchestrate", () => {
  const last = (parts: w.WorldParts, power: Power | "manifest" = "manifest") =>
    planText({ ...planRun(ask.orchestrate(950, { power }), w.world(parts)), undo: [] })
      .split("\n")
      .at(-1);

  test.each<readonly [string, string, w.WorldParts]>([
    [
      "GPUs in the manifest",
      "power | shut down | it has GPU access (GPU 0, 1), and would hold the memory",
      { configs: [withGpu], containers: [upWithGpu] },
    ],
    [
      "GPUs in the manifest, and a new container",
      "power | shut down | it has GPU access (GPU 0, 1), and would hold the memory",
      { configs: [withGpu] },
    ],
    [
      "a GPU in the live configuration alone",
      "power | shut down | it has GPU access, and would hold the memory",
      { configs: [plain], containers: [{ ...up, gpu_access: true }] },
    ],
    [
      "a GPU that the manifest takes away",
      "running | running | left running",
      { configs: [w.config({ ctid: 950, settings: { gpus: "" } })], containers: [upWithGpu] },
    ],
    [
      "a GPU that is stopped already",
      "preflight | preflight | the container is as the manifest says",
      { configs: [withGpu], containers: [{ ...upWithGpu, state: "stopped" }] },
    ],
    ["no GPU", "preflight | preflight | the container is as the manifest says", { configs: [plain], containers: [up] }],
    ["no GPU, and a new container", "running | running | left running", { configs: [plain] }],
  ])("%s: %s", (_words, expected, parts) => expect(last(parts)).toBe(expected));

  test("a GPU container that is stopped for its settings stays so", () => {
    const other = { ...upWithGpu, settings: { ...upWithGpu.settings, gpus: "0" } };
    expect(planText(planRun(ask.orchestrate(950), w.world({ configs: [withGpu], containers: [other] })))).toBe(
      lines(`
        preflight | preflight
        stop | shut down | some of the changes need a restart
        settings | settings | gpus 0 -> 0,1
      `),
    );
  });

  test.each<readonly [Power, Power | "manifest", string]>([
    ["auto", "manifest", "power"],
    ["auto", "on", "running"],
    ["auto", "off", "power"],
    ["on", "manifest", "running"],
    ["on", "off", "power"],
    ["on", "auto", "power"],
    ["off", "manifest", "power"],
    ["off", "on", "running"],
  ])("manifest %s, request %s: %s", (power, asked, expected) => {
    const { steps } = planRun(ask.orchestrate(950, { power: asked }), w.world({ configs: [{ ...withGpu, power }] }));
    expect(steps.at(-1)?.id).toBe(expected);
  });

  test("power off holds without a GPU too", () => {
    expect(last({ configs: [plain], containers: [up] }, "off")).toBe("power | shut down | power off");
  });

  test("power on starts a GPU container that is stopped", () => {
    expect(last({ configs: [withGpu], containers: [{ ...upWithGpu, state: "stopped" }] }, "on")).toBe("running | running | power on");
  });
});

test.each<readonly [string, w.WorldParts, string, string]>([
  ["GPUs in the manifest", { configs: [withGpu], containers: [upWithGpu] }, "power", "running"],
  ["a GPU in the live configuration", { configs: [plain], containers: [{ ...up, gpu_access: true }] }, "power", "running"],
  ["no GPU", { configs: [plain], containers: [up] }, "running", "running"],
])("%s: reconfigure and letsgo differ in how they leave the container", (_words, parts, reconfigured, letgone) => {
  const world = w.world(parts);
  expect(planRun(ask.reconfigure(950), world).steps.at(-1)?.id).toBe(reconfigured);
  expect(planRun(ask.letsgo(950), world).steps.at(-1)?.id).toBe(letgone);
});

test("reconfigure's power option overrides the manifest's", () => {
  const world = w.world({ configs: [{ ...withGpu, power: "off" }], containers: [upWithGpu] });
  expect(planRun(ask.reconfigure(950, { power: "on" }), world).steps.at(-1)?.id).toBe("running");
  expect(planRun(ask.reconfigure(950), world).steps.at(-1)?.id).toBe("power");
});

describe("start, stop and restart", () => {
  const down: w.WorldParts = { configs: [{ ...plain, shutdown_timeout_s: 90 }], containers: [{ ...up, state: "stopped" }] };
  const running: w.WorldParts = { ...down, containers: [up] };

  test.each([
    ["start", ask.start(950), down, "preflight | preflight\nstart | start\nready | ready | init is up"],
    ["start, running", ask.start(950), running, "preflight | preflight\nstart | start | it is running already\nready | ready | init is up"],
    ["stop", ask.stop(950), running, "preflight | preflight\nstop | shut down"],
    ["stop, stopped", ask.stop(950), down, "preflight | preflight\nstop | shut down | it is stopped already"],
    ["stop at once", ask.stop(950, "kill"), running, "preflight | preflight\nstop | stop"],
    ["restart", ask.restart(950), running, "preflight | preflight\nstop | shut down\nstart | start\nready | ready | init is up"],
    ["restart at once", ask.restart(950, "kill"), running, "preflight | preflight\nstop | stop\nstart | start\nready | ready | init is up"],
  ] as const)("%s", (_words, request, parts, expected) => expect(planText(planRun(request, w.world(parts)))).toBe(expected));

  test("the manifest says how long a shutdown may take", () => {
    expect(planRun(ask.stop(950), w.world(running)).steps[1]?.action).toEqual({ do: "stop", how: "graceful", timeout_s: 90 });
    expect(planRun(ask.stop(950), w.world({ containers: [up] })).steps[1]?.action).toEqual({ do: "stop", how: "graceful", timeout_s: 60 });
  });

  test("a container that the manifest does not know can be started and stopped", () => {
    for (const request of [ask.start(950), ask.stop(950), ask.restart(950)]) {
      expect(planRun(request, w.world({ containers: [up] })).blockers).toEqual([]);
    }
  });
});

describe("ready", () => {
  test.each([
    ["", "init is up"],
    ["name=eth0,bridge=vmbr0", "init and network are up", "addresses"],
    ["name=eth0,bridge=vmbr0,ip=10.0.0.2/24", "init and network are up", "addresses"],
    ["name=eth0,bridge=vmbr0,ip=10.0.0.2/24,gw=10.0.0.1", "init and network are up", "default route"],
    ["name=eth0,bridge=vmbr0,ip=dhcp", "init and network are up", "default route"],
  ])("network %s: %s", (network, detail, waits = "none") => {
    const config = w.config({ ctid: 950, ...(network === "" ? {} : { settings: { network } }) });
    const step = planRun(ask.start(950), w.world({ configs: [config], containers: [up] })).steps.at(-1);
    expect(step).toMatchObject({ detail, action: { probe: { by: "agent", network: waits } } });
  });

  test("a command of the owner's takes the place of the agent's own look", () => {
    const config = w.config({ ctid: 950, ready: "test -e /ready" });
    const step = planRun(ask.start(950), w.world({ configs: [config], containers: [up] })).steps.at(-1);
    expect(step).toMatchObject({ detail: "test -e /ready", action: { probe: { by: "command", command: "test -e /ready" } } });
  });
});
