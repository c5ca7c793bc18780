import { status } from "@grpc/grpc-js";
import type { BootPlan__Output, Plan__Output, Run__Output } from "../../proto/index.ts";
import type { Parts } from "../../src/agent/api/parts.ts";
import type { Ownership } from "../../src/agent/domain/boot.ts";
import type { RunRecord } from "../../src/agent/domain/journal.ts";
import type { RunRequest } from "../../src/agent/domain/plan.ts";
import type { PlannedRun } from "../../src/agent/plan/boot-run.ts";
import type { World } from "../../src/agent/plan/world.ts";
import { createBoots } from "../../src/agent/run/boot.ts";
import { createOwners } from "../../src/agent/run/boot-owner.ts";
import { worldOf, type Guest } from "../plan/boot/support.ts";
import { plan, record, step } from "./support/runs.ts";
import { closeAll, serve } from "./support/serve.ts";

afterEach(closeAll);

const guests: readonly Guest[] = [
  { ctid: 953, order: 1, delay: 5 },
  { ctid: 955, order: 2, needs: [953, 100], state: "running" },
  { ctid: 956, needs: [999] },
  { ctid: 957, atBoot: false },
];

/** A past run on 953 that took so long. */
function took(ms: number, request: RunRequest = { kind: "start", ctid: 953 }, detail = ""): RunRecord {
  return record([{ type: "created" }], { started: 1000, finished: 1000 + ms, plan: plan({ request, steps: [step("start", { detail })] }) });
}

function started(planned: readonly PlannedRun[]) {
  const able = planned.filter(({ plan: { blockers } }) => blockers.length === 0);
  return {
    runs: able.map((each) => record([], { plan: each.plan })),
    refused: planned.filter((each) => !able.includes(each)).map((each) => each.plan),
  };
}

async function served(past: readonly RunRecord[] = []) {
  const world = worldOf(guests, { machines: { 100: "running" } });
  const runs = jest.fn(({ ctid }: { ctid: number | null }) => (ctid === 953 ? past : []));
  const startPlanned = jest.fn((_id: string, planned: (now: World) => readonly PlannedRun[]) => Promise.resolve(started(planned(world))));
  const boots = createBoots({ world: () => Promise.resolve(world), journal: { runs }, orchestrator: { startPlanned }, max_parallel: 2 });
  return { runs, startPlanned, ...(await serve({ boots })) };
}

describe("PlanBoot", () => {
  test("gives everything that is known of the plan", async () => {
    const { call } = await served();
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot");
    const [first, second, lost] = answer.members;
    expect(first).toMatchObject({
      ctid: 953,
      boot_order: 1,
      turn_order: 1,
      delay_s: 5,
      wave: 1,
      timeout_s: 360,
      turn_s: 0,
      start_s: 5,
      up_s: 15,
      held_by: 0,
      held_reason: "BOOT_WAIT_UNSPECIFIED",
      estimate_s: 10,
      estimate_runs: 0,
      lost: "",
      needed_by: 0,
    });
    expect(second).toMatchObject({
      ctid: 955,
      dependencies: [953],
      outsiders: [100],
      running: true,
      wave: 2,
      turn_s: 15,
      start_s: 15,
      up_s: 15,
      held_by: 953,
      held_reason: "BOOT_WAIT_DEPENDENCY",
    });
    expect(lost).toMatchObject({ ctid: 956, wave: 0, lost: "it needs 999, which is neither in the manifest nor on this host" });
    expect(lost).not.toHaveProperty("turn_order");
    expect(answer).toMatchObject({
      makespan_s: 15,
      longest_chain: [953, 955],
      max_parallel: 2,
      problems: [{ error: true, reason: "MISSING", ctid: 956 }],
    });
  });

  test("estimates by the median of past starts, and by nothing else", async () => {
    const others = [took(1, { kind: "stop", ctid: 953, how: "kill" }), took(2, undefined, "it is running already")];
    const { call, runs } = await served([took(30_000), ...others, took(4000), took(6000)]);
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot");
    expect(answer.members[0]).toMatchObject({ estimate_s: 6, estimate_runs: 3, up_s: 11 });
    expect(runs).toHaveBeenCalledWith({ ctid: 953, phases: ["succeeded"], limit: 50, before: null });
  });

  test("of some containers only, which must be ids", async () => {
    const { call, fails } = await served();
    const { plan: answer } = await call<{ plan: BootPlan__Output }>("boot/PlanBoot", { ctids: [957] });
    expect(answer.members.map(({ ctid }) => ctid)).toEqual([957]);
    expect(await fails(call("boot/PlanBoot", { ctids: [99] }))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe("StartBoot", () => {
  test("starts a run for each member that can be started, and says which can't", async () => {
    const { call, startPlanned } = await served();
    const { runs, refused } = await call<{ runs: Run__Output[]; refused: Plan__Output[] }>("boot/StartBoot", { request_id: "b-1" });
    expect(startPlanned.mock.calls[0]?.[0]).toBe("b-1");
    expect(runs.map(({ kind, ctid, plan: planned }) => [kind, ctid, planned?.steps.map(({ id }) => id)])).toEqual([
      ["RUN_KIND_START", 953, ["wait", "preflight", "start", "ready"]],
      ["RUN_KIND_START", 955, ["preflight", "start", "ready"]],
    ]);
    expect(refused).toMatchObject([
      { ctid: 956, blockers: [{ message: "it needs 999, which is neither in the manifest nor on this host" }] },
    ]);
  });

  test("of some only; wants a request id, and ids", async () => {
    const { call, fails } = await served();
    expect(await call("boot/StartBoot", { request_id: "b-2", ctids: [957] })).toMatchObject({ runs: [{ ctid: 957 }], refused: [] });
    expect(await fails(call("boot/StartBoot", { ctids: [5] }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringMatching(/request_id.*ctids/) as string,
    });
  });
});

test("GetBoot gives the newest boot, whatever was done since, in the order of the plan", async () => {
  const request: RunRequest = { kind: "start", ctid: 953, boot: true };
  const of = (id: string, batch: string, more: RunRequest) => record([], { id, batch, plan: plan({ request: more }) });
  const past = [
    of("5", "c", { kind: "start", ctid: 950 }),
    of("4", "b", { ...request, ctid: 955 }),
    of("3", "b", request),
    of("2", "a", request),
  ];
  const runs = (filter: { readonly limit: number }) => past.slice(0, filter.limit);
  const boots = createBoots({
    world: () => Promise.reject(new Error("unused")),
    journal: { runs },
    orchestrator: { startPlanned: () => Promise.resolve({ runs: [], refused: [] }) },
    max_parallel: 2,
  });
  const { call } = await serve({ boots });
  expect((await call<{ runs: Run__Output[] }>("boot/GetBoot")).runs.map(({ id }) => id)).toEqual(["3", "4"]);
});

describe("shutdown", () => {
  test("its plan is the boot backwards: what runs, and nothing else", async () => {
    const { call } = await served();
    expect(await call("boot/PlanShutdown")).toMatchObject({
      plans: [{ kind: "RUN_KIND_STOP", ctid: 955, after: [], steps: [{ id: "preflight" }, { id: "stop" }] }],
    });
  });

  test("it starts a run for each; wants a request id", async () => {
    const { call, fails, startPlanned } = await served();
    expect(await call("boot/StartShutdown", { request_id: "s-1" })).toMatchObject({
      runs: [{ kind: "RUN_KIND_STOP", ctid: 955 }],
      refused: [],
    });
    expect(startPlanned.mock.calls[0]?.[0]).toBe("s-1");
    expect(await fails(call("boot/StartShutdown"))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe("the owner of boots", () => {
  const autostart = { by: "proxmox", version: "8.4.1", known: "installed", under_ha: new Set<number>() } as const;
  const set: readonly Guest[] = [
    { ctid: 953, order: 1, delay: 5, set: { onboot: "0", startup: "order=7" } },
    { ctid: 955, order: 2, needs: [953], set: { onboot: "1", startup: "order=2,down=60" } },
    { ctid: 956, needs: [999] },
  ];
  const noon = Date.UTC(2026, 10, 20, 12);

  async function owned(ownership: Ownership | null, world = worldOf(set, { autostart }), boots: Partial<Parts["host_boots"]> = {}) {
    let kept = ownership;
    const startPlanned = jest.fn((_id: string, planned: (now: World) => readonly PlannedRun[]) => Promise.resolve(started(planned(world))));
    const owners = createOwners({
      book: { ownership: () => kept, choose: (chosen) => void (kept = chosen) },
      journal: { findRequest: () => null },
      orchestrator: { startPlanned },
      world: () => Promise.resolve(world),
      clock: { now: () => noon },
      events: { say: () => {} },
      configured: "proxmox",
    });
    return { kept: () => kept, ...(await serve({ owners, host_boots: boots, boots: { last: () => [] } })) };
  }

  test("GetBootOwner gives who it is, and what stands against it", async () => {
    const { call } = await owned(null);
    expect(await call("boot/GetBootOwner")).toMatchObject({
      ownership: {
        owner: "BOOT_OWNER_PROXMOX",
        chosen_at: null,
        configured: "BOOT_OWNER_PROXMOX",
        changing_to: "BOOT_OWNER_UNSPECIFIED",
        trouble: "",
        scheduler: { version: "8.4.1", assumed: false, together: false },
        drift: [{ ctid: 953, command: "pct set 953 --onboot 1 --startup order=1,down=60" }],
      },
    });
    const other = await owned({ owner: "agent", since: noon, change: { to: "proxmox", request_id: "r" }, trouble: "951: locked" });
    expect(await other.call("boot/GetBootOwner")).toMatchObject({
      ownership: {
        owner: "BOOT_OWNER_AGENT",
        chosen_at: { seconds: noon / 1000 },
        changing_to: "BOOT_OWNER_PROXMOX",
        trouble: "951: locked",
        drift: [{ ctid: 955, message: "Proxmox starts it at boot (onboot 1), and so does the agent" }],
      },
    });
  });

  test("PlanBootApply gives the changes, for whom they are asked; nothing is changed", async () => {
    const { call, kept } = await owned(null);
    expect(await call("boot/PlanBootApply")).toMatchObject({
      owner: "BOOT_OWNER_PROXMOX",
      changes: [
        {
          ctid: 953,
          settings: [
            { name: "onboot", from: "0", to: "1" },
            { name: "startup", from: "order=7", to: "order=1,down=60" },
          ],
        },
      ],
      plans: [{ kind: "RUN_KIND_AUTOSTART", ctid: 953, steps: [{ id: "preflight" }, { id: "settings" }] }],
      limits: [
        { reason: "DELAY", ctid: 953 },
        { reason: "HEALTH", ctid: 953 },
      ],
      problems: [{ error: true, reason: "MISSING", ctid: 956 }],
    });
    expect(await call("boot/PlanBootApply", { owner: "BOOT_OWNER_AGENT" })).toMatchObject({
      owner: "BOOT_OWNER_AGENT",
      changes: [{ ctid: 955, command: "pct set 955 --onboot 0" }],
      limits: [],
    });
    expect(kept()).toBeNull();
  });

  test("StartBootApply starts a run for each change; SetBootOwner as well, and wants to know whom", async () => {
    const { call, fails, kept } = await owned(null);
    expect(await call("boot/StartBootApply", { request_id: "a-1" })).toMatchObject({
      runs: [{ kind: "RUN_KIND_AUTOSTART", ctid: 953 }],
      refused: [],
    });
    expect(kept()).toMatchObject({ owner: "proxmox", since: noon });
    expect(await call("boot/SetBootOwner", { request_id: "s-1", owner: "BOOT_OWNER_AGENT" })).toMatchObject({ runs: [{ ctid: 955 }] });
    expect(kept()).toMatchObject({ owner: "agent", change: { to: "agent", request_id: "s-1" } });
    expect(await fails(call("boot/StartBootApply"))).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await fails(call("boot/SetBootOwner", { request_id: "s-2" }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining("owner: expected BOOT_OWNER_PROXMOX or BOOT_OWNER_AGENT") as string,
    });
  });

  test("a change that one container can't make is refused whole, with every blocker", async () => {
    const locked = set.map((guest): Guest => (guest.ctid === 953 ? { ...guest, lock: "backup" } : guest));
    const { call, fails, kept } = await owned(null, worldOf(locked, { autostart }));
    expect(await fails(call("boot/SetBootOwner", { request_id: "s-1", owner: "BOOT_OWNER_PROXMOX" }))).toMatchObject({
      report: { blockers: [{ ctid: 953, reason: "LOCKED" }] },
    });
    expect(kept()).toBeNull();
    expect(await call("boot/StartBootApply", { request_id: "a-1" })).toMatchObject({ runs: [], refused: [{ ctid: 953 }] });
  });

  test("GetBoot says what the host's boot was, also when the platform can't be looked at", async () => {
    const seen = { boot_id: "b-1", seen: noon, left_to: "agent", remark: "by the manifest nothing does" } as const;
    const { call } = await owned(null, undefined, { newest: () => seen, waits: () => "no /etc/pve" });
    expect(await call("boot/GetBoot")).toMatchObject({
      host_boot: { boot_id: "b-1", left_to: "BOOT_OWNER_AGENT", remark: "by the manifest nothing does", waits: "no /etc/pve" },
      ownership: { owner: "BOOT_OWNER_PROXMOX" },
    });
    const gone = await serve({ boots: { last: () => [] }, owners: { view: () => Promise.reject(new Error("gone")) } });
    expect(await gone.call("boot/GetBoot")).toMatchObject({ host_boot: null, ownership: null });
    const first = await owned(null, undefined, { newest: () => ({ ...seen, left_to: "first" }) });
    expect(await first.call("boot/GetBoot")).toMatchObject({ host_boot: { left_to: "BOOT_OWNER_UNSPECIFIED", waits: "" } });
  });
});
