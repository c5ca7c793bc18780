import { claimsOn, makeRoom } from "../../src/agent/plan/admission.ts";
import { planBatch } from "../../src/agent/plan/batch.ts";
import { planBoot } from "../../src/agent/plan/boot.ts";
import { bootRuns } from "../../src/agent/plan/boot-run.ts";
import { planRun } from "../../src/agent/plan/plan.ts";
import { subjectOf } from "../../src/agent/plan/subject.ts";
import { gpu, process } from "../gpu/seen.ts";
import * as w from "../support/world.ts";

const { ask, lines, planText } = w;
const gib = 1024;
const settings = { hostname: "c", memory_mb: "2048", cores: "2", gpus: "0" };
const tenant = (ctid: number, name: string, need_gib: number, order: number | null = null) =>
  w.config({ ctid, name, gpus: [0], settings, gpu_memory_mb: need_gib * gib, boot: { start: true, order, delay_s: 0 } });
const stopped = (ctid: number) => w.container({ ctid, settings, gpu_access: true });
const up = (ctid: number) => w.container({ ctid, settings, gpu_access: true, state: "running" });
const lease = { ctid: 950, holder: "ana", reason: "demo", since: w.day(20), until: w.day(21) };

/** 950 (12 GiB, idle for 22 minutes) and 955 (2 GiB, in use) run on GPU 0 of 16 GiB; 960 (8 GiB) is stopped. */
const host = (parts: w.WorldParts = {}) =>
  w.world({
    configs: [tenant(950, "vllm", 12, 1), tenant(955, "ollama", 2, 3), tenant(960, "next", 8)],
    containers: [up(950), up(955), stopped(960)],
    gpus: [gpu(0, [process(950, 11 * gib), process(955, 3 * gib), process(null, 100)])],
    idle: { 950: 22 },
    ...parts,
  });

test("a claim is what the manifest promises, or what is held, if that is more; the rest is the host's", () => {
  expect(claimsOn(0, host(), 960)).toEqual([
    { ctid: 950, mib: 12 * gib },
    { ctid: 955, mib: 3 * gib },
    { ctid: null, mib: 100 },
  ]);
  expect(claimsOn(0, host(), 950)).toEqual([
    { ctid: 955, mib: 3 * gib },
    { ctid: null, mib: 100 },
  ]);
});

test("memory that nobody is listed for is the host's, and that of a container that is stopped is still its own", () => {
  const seen = gpu(0, [process(960, 5 * gib)], { used_mib: 6 * gib });
  expect(claimsOn(0, host({ gpus: [seen], containers: [stopped(960)] }), 950)).toEqual([
    { ctid: 960, mib: 5 * gib },
    { ctid: null, mib: gib },
  ]);
});

describe("a start that does not fit", () => {
  test("is a blocker that names who holds what, and says what helps", () => {
    expect(planText(planRun(ask.start(960), host()))).toContain(
      "960 NO_GPU_MEMORY: GPU 0 has 16.0 GiB, not the 8.0 GiB that it needs beside 950 vllm 12.0 GiB (idle for 22 min); 955 ollama 3.0 GiB; " +
        "the host 0.1 GiB -> --make-room stops what is idle: 950",
    );
  });

  test("where only a lease is in the way names holder, reason and end, and wants force", () => {
    expect(planText(planRun(ask.start(960), host({ leases: [lease] })))).toContain(
      "960 LEASED: GPU 0 has 16.0 GiB, not the 8.0 GiB that it needs beside 950 vllm 12.0 GiB (leased by ana until 2026-11-21T12:00:00Z: demo, " +
        "idle for 22 min); 955 ollama 3.0 GiB; the host 0.1 GiB -> ask ana; --make-room --force stops what is in the way all the same",
    );
  });

  test("tells of nobody that it is idle for less than a minute", () => {
    const { blockers } = planRun(ask.start(960), host({ idle: { 950: 0.9 } }));
    expect(blockers[0]?.message).toContain("950 vllm 12.0 GiB; 955 ollama 3.0 GiB");
  });

  test.each<[string, w.WorldParts, ReturnType<typeof ask.start>]>([
    [
      "one that fits",
      {
        configs: [tenant(950, "vllm", 4), tenant(960, "next", 8)],
        gpus: [gpu(0, [process(950, 8 * gib)])],
        containers: [up(950), stopped(960)],
      },
      ask.start(960),
    ],
    ["one that runs already", { containers: [up(950), up(955), up(960)] }, ask.start(960)],
    ["one that says nothing of what it needs", { configs: [w.config({ ctid: 960, gpus: [0], settings })] }, ask.start(960)],
    ["a stop", {}, ask.stop(950)],
    ["where nothing is known of GPUs", { gpus: null }, ask.start(960)],
  ])("is not: %s", (_, parts, request) => expect(planRun(request, host(parts)).blockers).toEqual([]));

  test.each(["start", "orchestrate", "letsgo", "reconfigure"] as const)("is refused for %s", (kind) => {
    const provisioned = w.container({ ctid: 960, settings, gpu_access: true, snapshots: w.bothSnapshots });
    const request = kind === "orchestrate" ? ask.orchestrate(960, { power: "on" }) : ask[kind](960);
    const { blockers } = planRun(request, host({ containers: [up(950), up(955), provisioned] }));
    expect(blockers.map(({ reason }) => reason)).toContain("NO_GPU_MEMORY");
  });

  test("a letsgo of one that runs does not stand in its own way", () => {
    const running = w.container({ ctid: 950, settings, gpu_access: true, state: "running", snapshots: w.bothSnapshots });
    expect(planRun(ask.letsgo(950), host({ containers: [running, up(955)] })).blockers).toEqual([]);
  });

  test("counts who has a run: it may be about to start", () => {
    const two = host({ containers: [stopped(950), stopped(960)], gpus: [gpu(0, [])], active: { 950: "01RUN" } });
    expect(planRun(ask.start(960), two).blockers[0]?.message).toContain("950 vllm 12.0 GiB (idle for 22 min, run 01RUN has it)");
  });

  test("says when nobody knows whether there is room", () => {
    expect(planRun(ask.start(960), host({ gpus: null })).warnings).toEqual([
      "nobody knows whether GPU 0 has the 8.0 GiB that it needs: there is no nvidia-smi",
    ]);
  });
});

test("several that are started by one request share what there is", () => {
  const empty = host({ containers: [stopped(950), stopped(955), stopped(960)], gpus: [gpu(0, [])] });
  const plans = planBatch([ask.start(950), ask.start(955), ask.start(960)], empty);
  expect(plans.map(({ request, blockers }) => [request.ctid, blockers.map(({ reason }) => reason)])).toEqual([
    [950, []],
    [955, []],
    [960, ["NO_GPU_MEMORY"]],
  ]);
});

test("a boot starts what fits in its order, and neither the rest nor what needs it", () => {
  const needs = { ...tenant(961, "web", 1), gpus: [], gpu_memory_mb: null, settings: {}, dependencies: [960] };
  const world = host({
    configs: [tenant(950, "vllm", 12, 1), tenant(955, "ollama", 2, 3), tenant(960, "next", 8, 4), needs],
    containers: [stopped(950), stopped(955), stopped(960), w.container({ ctid: 961 })],
    gpus: [gpu(0, [])],
  });
  const runs = bootRuns(planBoot(world, null), world);
  expect(runs.map(({ plan }) => [plan.request.ctid, plan.blockers.map(({ reason }) => reason)])).toEqual([
    [950, []],
    [955, []],
    [960, ["NO_GPU_MEMORY"]],
    [961, ["DEPENDENCY"]],
  ]);
});

describe("who makes room", () => {
  const three = (idle: Readonly<Record<number, number>>, leases: (typeof lease)[] = []) =>
    w.world({
      configs: [tenant(950, "a", 5, 1), tenant(951, "b", 5, 2), tenant(952, "c", 5), tenant(960, "next", 6)],
      containers: [up(950), up(951), up(952), stopped(960)],
      gpus: [gpu(0, [process(950, 5 * gib), process(951, 5 * gib), process(952, 5 * gib)])],
      idle,
      leases,
    });
  const of = (world: ReturnType<typeof three>, who: "idle" | "whoever", spared: readonly number[] = []) =>
    makeRoom(subjectOf(960, world), [0], who, new Set(spared));

  test.each<[string, readonly number[], readonly number[]]>([
    ["nobody in use", [], of(three({}), "idle")],
    ["the one who is worth least, when all are idle: an unset boot_order", [952], of(three({ 950: 10, 951: 10, 952: 10 }), "idle")],
    ["a higher boot_order before a lower one", [951], of(three({ 950: 10, 951: 10 }), "idle")],
    ["the only one who is idle", [950], of(three({ 950: 10 }), "idle")],
    ["not one who has been idle for too short", [], of(three({ 950: 9 }), "idle")],
    ["not one who is leased", [], of(three({ 950: 10 }, [lease]), "idle")],
    ["not one who is part of the request", [], of(three({ 950: 10 }), "idle", [950])],
    ["by force first who is idle, whatever its order", [950], of(three({ 950: 10 }), "whoever")],
    ["then who is in use", [952], of(three({}), "whoever")],
    ["and who is leased last", [951], of(three({}, [{ ...lease, ctid: 952 }]), "whoever")],
  ])("%s", (_, expected, found) => expect(found).toEqual(expected));

  test("nobody, when it would not be enough", () => {
    const world = three({ 950: 10, 951: 10, 952: 10 });
    const large = {
      ...world,
      manifest: { ...world.manifest, containers: new Map(world.manifest.containers).set(960, tenant(960, "next", 17)) },
    };
    expect(makeRoom(subjectOf(960, large), [0], "whoever", new Set())).toEqual([]);
  });

  test("no more than are needed", () => {
    const world = w.world({
      configs: [tenant(950, "small", 2), tenant(951, "large", 10, 5), tenant(960, "next", 14)],
      containers: [up(950), up(951), stopped(960)],
      gpus: [gpu(0, [process(950, 2 * gib), process(951, 10 * gib)])],
      idle: { 950: 10, 951: 10 },
    });
    expect(makeRoom(subjectOf(960, world), [0], "idle", new Set())).toEqual([951]);
  });
});

describe("--make-room", () => {
  test("puts the shutdowns before the start, which waits for them", () => {
    const plans = planBatch([{ ...ask.start(960), make_room: true }], host());
    expect(plans.map(({ request, after }) => [request.kind, request.ctid, after])).toEqual([
      ["gpu-shutdown", 950, []],
      ["start", 960, [950]],
    ]);
    expect(plans.map(planText).join("\n")).toBe(
      lines(`
        preflight | preflight
        stop | shut down | makes room for 960 on GPU 0
        memory-back | GPU memory back | 11.0 GiB of GPU 0 within 30 s
        preflight | preflight
        start | start
        ready | ready | init is up
      `),
    );
  });

  test("stops nobody where there is room", () => {
    const empty = host({ containers: [stopped(960)], gpus: [gpu(0, [])] });
    expect(planBatch([{ ...ask.start(960), make_room: true }], empty).map(({ request }) => request.ctid)).toEqual([960]);
  });

  test("stops nobody for one that may not begin all the same", () => {
    const locked = w.container({ ctid: 960, settings, gpu_access: true, lock: "backup" });
    const plans = planBatch([{ ...ask.start(960), make_room: true }], host({ containers: [up(950), up(955), locked] }));
    expect(plans.map(({ request, blockers }) => [request.ctid, blockers.map(({ reason }) => reason)])).toEqual([[960, ["LOCKED"]]]);
  });

  test("leaves a leased one alone, unless it is forced to", () => {
    const leased = host({ leases: [lease] });
    expect(
      planBatch([{ ...ask.start(960), make_room: true }], leased).map(({ request, blockers }) => [request.ctid, blockers[0]?.reason]),
    ).toEqual([[960, "LEASED"]]);
    const forced = planBatch([{ ...ask.start(960), make_room: true, force: true }], leased);
    expect(forced.map(({ request, blockers }) => [request.kind, request.ctid, blockers.length])).toEqual([
      ["gpu-shutdown", 950, 0],
      ["start", 960, 0],
    ]);
  });
});
