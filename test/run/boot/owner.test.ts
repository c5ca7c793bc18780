// Who starts containers when the host has booted, and how that is changed, on a platform that starts what has onboot.
import type { BootOwner } from "../../../src/agent/domain/boot.ts";
import { hasEnded } from "../../../src/agent/domain/run.ts";
import type { Guest } from "../../plan/boot/support.ts";
import type { Bench, BenchOptions, Life } from "../support/bench.ts";
import { mortal } from "../support/mortal.ts";
import { hostOf } from "./support.ts";

const autostart = { by: "proxmox", version: "8.4.1", known: "installed", under_ha: new Set<number>() } as const;
const guests: readonly Guest[] = [
  { ctid: 950, order: 1 },
  { ctid: 951, order: 2, delay: 5 },
  { ctid: 952, order: 3, needs: [951] },
  { ctid: 960, atBoot: false },
];

let host: Bench;
afterEach(() => host.dispose());

function ground(options: Partial<BenchOptions> = {}, some = guests): Bench {
  host = hostOf(some, { sim: { autostart }, configured: "proxmox", ...options });
  return host;
}

/** An agent that is up in this boot of the host. */
async function up(wrapping: Parameters<Bench["live"]>[0] = {}): Promise<Life> {
  const life = host.live(wrapping);
  await life.wake();
  return life;
}

async function allEnded(life: Life): Promise<void> {
  for (const { id } of life.journal.runs({ ctid: null, phases: [], limit: 100, before: null })) await life.ended(id);
}

async function change(life: Life, to: BootOwner, request_id = `to-${to}`): Promise<void> {
  await life.owners.change(request_id, to);
  await allEnded(life);
}

/** What Proxmox would start, by its own settings. */
async function onboots(): Promise<readonly number[]> {
  const all = await Promise.all(guests.map(({ ctid }) => host.seen(ctid)));
  return all.filter(({ settings }) => settings.onboot === "1").map(({ ctid }) => ctid);
}

async function stands(life: Life): Promise<object> {
  const { ownership, autostart: plan } = await life.owners.view();
  return { owner: ownership.owner, changing: ownership.change?.to ?? null, trouble: ownership.trouble, drift: plan.changes.length };
}

/** The host goes down and comes up again, and whoever starts containers does so. */
async function reboot(): Promise<Life> {
  host.outside.reboot();
  host.boot_id = `${host.boot_id}+`;
  for (const ctid of await onboots()) host.outside.start(ctid);
  const life = await up();
  await allEnded(life);
  return life;
}

async function running(): Promise<readonly number[]> {
  const all = await Promise.all(guests.map(({ ctid }) => host.seen(ctid)));
  return all.filter(({ state }) => state === "running").map(({ ctid }) => ctid);
}

const members = [950, 951, 952];

describe("apply", () => {
  test("sets what differs, once, and whoever applies has chosen", async () => {
    ground();
    const life = await up();
    expect(await stands(life)).toEqual({ owner: "proxmox", changing: null, trouble: "", drift: 3 });
    const { runs } = await life.owners.apply("a-1");
    await allEnded(life);
    expect(runs.map(({ plan }) => [plan.request.kind, plan.request.ctid])).toEqual(members.map((ctid) => ["autostart", ctid]));
    expect((await host.seen(950)).settings).toMatchObject({ onboot: "1", startup: "order=1,up=5,down=60" });
    expect(await stands(life)).toMatchObject({ owner: "proxmox", drift: 0 });
    expect(life.book.ownership()).toMatchObject({ owner: "proxmox", since: expect.any(Number) as number });
    expect((await life.owners.apply("a-2")).runs).toEqual([]);
    expect((await life.owners.apply("a-1")).runs.map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
  });

  test("what is locked is refused alone", async () => {
    ground({}, [...guests.slice(0, 1), { ctid: 951, lock: "backup" }, ...guests.slice(2)]);
    const life = await up();
    const { runs, refused } = await life.owners.apply("a-1");
    expect([runs.length, refused.map(({ request }) => request.ctid)]).toEqual([2, [951]]);
  });

  test("what the settings say counts until then, and no more afterwards", async () => {
    ground({ configured: "agent" }, [{ ctid: 950, set: { onboot: "1" } }, ...guests.slice(1)]);
    const first = await up();
    expect(await stands(first)).toMatchObject({ owner: "agent", drift: 1 });
    await first.owners.sayDrift();
    expect(first.said).toContain("error 950: Proxmox starts it at boot (onboot 1), and so does the agent");
    await first.owners.apply("a-1");
    await allEnded(first);
    expect(await stands(first)).toMatchObject({ owner: "agent", drift: 0 });
    // Otherwise nobody would start anything from here on.
    host.configured = "proxmox";
    expect(await stands(await up())).toMatchObject({ owner: "agent", drift: 0 });
    await reboot();
    expect(await running()).toEqual(members);
  });
});

describe("another owner", () => {
  test("there and back", async () => {
    ground();
    const life = await up();
    await change(life, "agent");
    expect([await stands(life), await onboots()]).toEqual([{ owner: "agent", changing: null, trouble: "", drift: 0 }, []]);
    await change(life, "proxmox");
    expect([await stands(life), await onboots()]).toEqual([{ owner: "proxmox", changing: null, trouble: "", drift: 0 }, members]);
    await change(life, "agent", "again");
    expect([await stands(life), await onboots()]).toEqual([{ owner: "agent", changing: null, trouble: "", drift: 0 }, []]);
    expect(life.said.filter((text) => text.includes("starts containers at boot"))).toEqual([
      "info agent starts containers at boot",
      "info proxmox starts containers at boot",
      "info agent starts containers at boot",
    ]);
  });

  test("while it goes to Proxmox the agent is the owner, and no second change begins", async () => {
    ground();
    const life = await up();
    await change(life, "agent");
    await life.owners.change("p-1", "proxmox");
    expect(await stands(life)).toMatchObject({ owner: "agent", changing: "proxmox" });
    await expect(life.owners.change("p-2", "agent")).rejects.toMatchObject({ failure: { reason: "BUSY" } });
    await expect(life.owners.apply("p-3")).rejects.toMatchObject({ failure: { reason: "BUSY" } });
    await allEnded(life);
    expect(await stands(life)).toMatchObject({ owner: "proxmox", changing: null });
  });

  test("one that can't be changed keeps all from being changed", async () => {
    ground({}, [...guests.slice(0, 1), { ctid: 951, lock: "backup" }, ...guests.slice(2)]);
    const life = await up();
    const { runs, refused } = await life.owners.change("p-1", "proxmox");
    expect([runs, refused.map(({ request }) => request.ctid)]).toEqual([[], [951]]);
    expect([await onboots(), life.book.ownership()]).toEqual([[], null]);
  });

  test("a run that fails leaves the agent the owner, and says so", async () => {
    ground();
    const before = await up();
    await change(before, "agent");
    host.faults = [{ call: "configure", ctid: 951, do: "fail", message: "the disk is full" }];
    const life = await up();
    await change(life, "proxmox");
    expect(await stands(life)).toEqual({ owner: "agent", changing: null, trouble: "951: the disk is full", drift: 2 });
    await reboot();
    expect(await running()).toEqual(members);
  });

  test("where nothing else starts containers, the agent stays the owner", async () => {
    ground({ sim: {}, configured: "agent" });
    const life = await up();
    expect(await life.owners.change("c-1", "agent")).toEqual({ runs: [], refused: [] });
    await expect(life.owners.change("c-2", "proxmox")).rejects.toMatchObject({ failure: { reason: "UNSUPPORTED" } });
    await expect(life.owners.plan("proxmox")).rejects.toMatchObject({ failure: { reason: "UNSUPPORTED" } });
    expect(await stands(life)).toEqual({ owner: "agent", changing: null, trouble: "", drift: 0 });
  });
});

describe.each<BootOwner>(["agent", "proxmox"])("the agent is killed at any write of a change to %s", (to) => {
  const from = to === "agent" ? "proxmox" : "agent";
  let writes = 0;

  async function halfway(write: number, when: "before" | "after"): Promise<void> {
    ground();
    const before = await up();
    await change(before, from);
    await before.owners.view();
    const soul = mortal({ write, when });
    const life = host.live(soul.wrapping);
    await life.wake();
    const done = life.owners.change("the-change", to).then(
      async ({ runs }) => {
        for (const { id } of runs) await life.ended(id);
        // Looking is what ends it.
        await life.owners.view();
        return "done";
      },
      () => "done",
    );
    await Promise.race([done, soul.died]);
    writes = Math.max(writes, soul.writes());
  }

  test("and started again: it is completed", async () => {
    await halfway(Infinity, "after");
    host.dispose();
    for (let write = 1; write <= writes; write += 1) {
      for (const when of ["before", "after"] as const) {
        await halfway(write, when);
        const life = await up();
        await allEnded(life);
        const { owner, drift, changing, trouble } = (await stands(life)) as Record<string, unknown>;
        expect({ write, when, changing, trouble, drift }).toEqual({ write, when, changing: null, trouble: "", drift: 0 });
        // What was not even written down has not been begun.
        if (life.journal.findRequest("the-change") !== null) expect({ write, when, owner }).toEqual({ write, when, owner: to });
        host.dispose();
      }
    }
  });

  test("and the host with it: everything is started all the same", async () => {
    expect(writes).toBeGreaterThan(10);
    for (let write = 1; write <= writes; write += 1) {
      for (const when of ["before", "after"] as const) {
        await halfway(write, when);
        const life = await reboot();
        expect({ write, when, up: await running() }).toEqual({ write, when, up: members });
        expect(life.journal.unfinished().every(({ state }) => hasEnded(state))).toBe(true);
        host.dispose();
      }
    }
  });
});
