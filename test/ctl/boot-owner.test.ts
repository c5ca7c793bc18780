import { toTimestamp } from "../../proto/time.ts";
import type { BootOwnership__Output, HostBoot__Output, PlanBootApplyResponse__Output } from "../../proto/types.ts";
import { toApply, toOwnership } from "../../src/agent/api/convert-owner.ts";
import type { BootOwner, Ownership } from "../../src/agent/domain/boot.ts";
import type { Autostart } from "../../src/agent/domain/container.ts";
import { autostartRuns, planAutostart } from "../../src/agent/plan/autostart.ts";
import { applyLines, checkLines, hostBootLines, ownerLines, ownerNotes } from "../../src/ctl/render/boot-owner.ts";
import { worldOf, type Given, type Guest } from "../plan/boot/support.ts";
import { streams, withAgent } from "./support/fake-agent.ts";
import { expectGolden, onScreen, scenes } from "./support/golden.ts";
import { phoenixctl } from "./support/in-process.ts";
import { event, lookAt, noon, pve1, run } from "./support/samples.ts";

const autostart: Autostart = { by: "proxmox", version: "8.4.1", known: "installed", under_ha: new Set<number>() };
const guests: readonly Guest[] = [
  { ctid: 953, order: 1, delay: 5, config: { name: "Nginx" } },
  { ctid: 955, order: 2, delay: 10, needs: [953], set: { onboot: "1", startup: "order=9" }, config: { name: "ollama" } },
  { ctid: 957, needs: [999], config: { name: "lost" } },
];
const done: readonly Guest[] = [{ ctid: 953, order: 1, set: { onboot: "1", startup: "order=1,down=60" } }];

function applied(owner: BootOwner, some = guests, given: Given = { autostart }): PlanBootApplyResponse__Output {
  const world = worldOf(some, given);
  const plan = planAutostart(world, owner);
  return toApply({ owner, autostart: plan, plans: autostartRuns(plan, world) });
}

function owned(
  over: Partial<Ownership>,
  some = guests,
  given: Given = { autostart },
  configured: BootOwner = "proxmox",
): BootOwnership__Output {
  const ownership: Ownership = { owner: "proxmox", since: noon - 3_600_000, change: null, trouble: "", ...over };
  return toOwnership({ ownership, configured, autostart: planAutostart(worldOf(some, given), ownership.owner) });
}

test("what it looks like", () => {
  const look = lookAt(noon);
  const shown = (lines: Parameters<typeof onScreen>[0]) => onScreen(lines, look);
  const booted: HostBoot__Output = { boot_id: "b", seen_at: toTimestamp(noon), left_to: "BOOT_OWNER_AGENT", remark: "", waits: "" };
  expectGolden(
    "boot-owner",
    scenes([
      ["apply", shown(applyLines(applied("proxmox"), pve1, look))],
      [
        "apply, with a version that is not known",
        shown(applyLines(applied("proxmox", done, { autostart: { ...autostart, known: "assumed" } }), pve1, look)),
      ],
      ["apply, owner agent", shown(applyLines(applied("agent"), pve1, look))],
      ["apply, nothing to change", shown(applyLines(applied("proxmox", done), pve1, look))],
      ["apply, owner agent, nothing to change", shown(applyLines(applied("agent", []), pve1, look))],
      ["apply, where nothing else starts containers", shown(applyLines(applied("agent", done, {}), pve1, look))],
      ["check", shown(checkLines(applied("proxmox"), pve1, look))],
      ["check, nothing differs", shown(checkLines(applied("proxmox", done), pve1, look))],
      ["owner", shown(ownerLines(owned({ since: null }, done), pve1, look))],
      ["owner agent, with two owners", shown(ownerLines(owned({ owner: "agent" }), pve1, look))],
      ["owner agent alone", shown(ownerLines(owned({ owner: "agent" }, done, {}), pve1, look))],
      [
        "a change under way",
        shown(ownerLines(owned({ owner: "agent", change: { to: "proxmox", request_id: "r" } }, [], undefined, "agent"), pve1, look)),
      ],
      [
        "a change that failed",
        shown(ownerLines(owned({ owner: "agent", trouble: "951: CT is locked (backup)" }, [], undefined, "agent"), pve1, look)),
      ],
      ["below a plan", shown(ownerNotes(owned({}), pve1, look))],
      ["a boot of the host", shown(hostBootLines(booted, pve1, look))],
      ["left to Proxmox", shown(hostBootLines({ ...booted, left_to: "BOOT_OWNER_PROXMOX" }, pve1, look))],
      ["the first", shown(hostBootLines({ ...booted, left_to: "BOOT_OWNER_UNSPECIFIED" }, pve1, look))],
      ["with nothing to start", shown(hostBootLines({ ...booted, remark: "it is not JSON" }, pve1, look))],
      ["one that waits", shown(hostBootLines({ ...booted, seen_at: null, waits: "/etc/pve/lxc is not there" }, pve1, look))],
    ]),
  );
});

const set = run({
  ctid: 953,
  kind: "RUN_KIND_AUTOSTART",
  state: "RUN_STATE_SUCCEEDED",
  outcome: "953 is started at boot by the platform, order=1.",
});
const follows = { WatchRun: streams([event(15, "finished", { run: set }, set.id)]) };

describe("boot apply", () => {
  test("shows what it sets, and sets it; what can't be touched makes it exit code 3", async () => {
    const { socket, calls } = await withAgent({
      PlanBootApply: applied("proxmox"),
      StartBootApply: { runs: [set], refused: [] },
      ...follows,
    });
    const { code, stdout } = await phoenixctl(["boot", "apply"], { socket });
    expect(code).toBe(3);
    expect(stdout.indexOf("pct set 953 --onboot 1 --startup order=1,up=10,down=60")).toBeGreaterThanOrEqual(0);
    expect(stdout.indexOf("pct set 953")).toBeLessThan(stdout.indexOf("953 is started at boot"));
    expect(calls.filter(({ method }) => method === "StartBootApply")).toHaveLength(1);
  });

  test("--dry-run only shows it: 7 when something is to be set, 6 when something can't be, 0 when nothing is", async () => {
    const code = async (answer: PlanBootApplyResponse__Output) => {
      const { socket } = await withAgent({ PlanBootApply: answer });
      return (await phoenixctl(["boot", "apply", "--dry-run"], { socket })).code;
    };
    expect(await code(applied("proxmox", guests.slice(0, 2)))).toBe(7);
    expect(await code(applied("proxmox"))).toBe(6);
    expect(await code(applied("proxmox", [{ ctid: 950, lock: "backup" }]))).toBe(6);
    expect(await code(applied("proxmox", done))).toBe(0);
  });

  test("--check names what differs, with exit code 6; 0 when nothing does", async () => {
    const { socket } = await withAgent({ PlanBootApply: applied("proxmox", guests.slice(0, 2)) });
    const { code, stdout } = await phoenixctl(["boot", "apply", "--check"], { socket });
    expect(code).toBe(6);
    expect(stdout).toMatch(/drift {2}953 {2}not set up .*\n[^]*drift {2}955 {2}/);
    const json = JSON.parse((await phoenixctl(["boot", "apply", "--check", "-o", "json"], { socket })).stdout) as object;
    expect(json).toMatchObject({
      owner: "proxmox",
      changes: [{ ctid: 953, settings: [{ name: "onboot" }, { name: "startup" }] }, { ctid: 955 }],
    });
    const clean = await withAgent({ PlanBootApply: applied("proxmox", done) });
    expect(await phoenixctl(["boot", "apply", "--check", "-q"], { socket: clean.socket })).toMatchObject({ code: 0, stdout: "" });
  });

  test("nothing to set starts nothing", async () => {
    const { socket, calls } = await withAgent({ PlanBootApply: applied("proxmox", done) });
    expect(await phoenixctl(["boot", "apply"], { socket })).toMatchObject({
      code: 0,
      stdout: "nothing to change: Proxmox 8.4.1 on pve1 starts containers as it should\n",
    });
    expect(calls.map(({ method }) => method)).not.toContain("StartBootApply");
  });
});

describe("boot owner", () => {
  test("says who it is", async () => {
    const { socket } = await withAgent({ GetBootOwner: { ownership: owned({ owner: "agent" }) } });
    expect(await phoenixctl(["boot", "owner"], { socket })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("955: Proxmox starts it at boot as well") as string,
    });
    const json = JSON.parse((await phoenixctl(["boot", "owner", "-o", "json"], { socket })).stdout) as object;
    expect(json).toMatchObject({ host: "pve1", owner: "agent", configured: "proxmox", changing_to: null, drift: [{ ctid: 955 }] });
  });

  test("changes it, and says who it is then", async () => {
    const { socket, calls } = await withAgent({
      PlanBootApply: applied("agent"),
      SetBootOwner: { runs: [set] },
      GetBootOwner: { ownership: owned({ owner: "agent" }, done.slice(1)) },
      ...follows,
    });
    const { code, stdout } = await phoenixctl(["boot", "owner", "agent"], { socket });
    expect(code).toBe(0);
    expect(stdout).toContain("pct set 955 --onboot 0");
    expect(stdout).toContain("the agent starts containers when pve1 has booted, chosen");
    expect(calls.find(({ method }) => method === "SetBootOwner")?.request).toMatchObject({ owner: "BOOT_OWNER_AGENT" });
    expect(await phoenixctl(["boot", "owner", "agent", "--dry-run"], { socket })).toMatchObject({ code: 6 });
  });

  test("nobody else can be it", async () => {
    expect(await phoenixctl(["boot", "owner", "systemd"], { socket: "/nowhere" })).toMatchObject({
      code: 2,
      stderr: '"systemd" can\'t be the owner of boots: expected proxmox or agent\n',
    });
  });
});

test("plan and status tell who starts containers, and status what the host's boot was", async () => {
  const boot: HostBoot__Output = { boot_id: "b", seen_at: toTimestamp(noon), left_to: "BOOT_OWNER_AGENT", remark: "", waits: "" };
  const { socket } = await withAgent({
    PlanBoot: { plan: { members: [], problems: [], makespan_s: 0, longest_chain: [], max_parallel: 4 }, ownership: owned({}) },
    GetBoot: { runs: [], host_boot: boot, ownership: owned({}) },
  });
  const drift = "drift  953, 955: Proxmox is set up otherwise; phoenixctl boot apply --check says how";
  expect((await phoenixctl(["boot", "plan"], { socket })).stdout).toContain(drift);
  const { stdout } = await phoenixctl(["boot", "status"], { socket });
  expect(stdout).toContain(drift);
  expect(stdout).toContain("the agent started its containers");
  const json = JSON.parse((await phoenixctl(["boot", "status", "-o", "json"], { socket })).stdout) as object;
  expect(json).toMatchObject({ runs: [], host_boot: { boot_id: "b", left_to: "agent" }, ownership: { owner: "proxmox" } });
});
