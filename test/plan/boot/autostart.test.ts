import fc from "fast-check";
import type { BootOwner } from "../../../src/agent/domain/boot.ts";
import type { Autostart } from "../../../src/agent/domain/container.ts";
import { parseStartup } from "../../../src/agent/domain/startup.ts";
import { autostartRuns, commandOf, driftText, planAutostart } from "../../../src/agent/plan/autostart.ts";
import { planBoot } from "../../../src/agent/plan/boot.ts";
import { planRun } from "../../../src/agent/plan/plan.ts";
import { predict } from "../../../src/agent/plan/predict.ts";
import { schedulerOf } from "../../../src/agent/plan/startup.ts";
import type { World } from "../../../src/agent/plan/world.ts";
import * as w from "../../support/world.ts";
import { someBoot } from "./arbitrary.ts";
import { worldOf, type Given, type Guest } from "./support.ts";

const old: Autostart = { by: "proxmox", version: "8.4.1", known: "installed", under_ha: new Set<number>() };
const young: Autostart = { by: "proxmox", version: "9.1.2", known: "installed", under_ha: new Set<number>() };

/** The commands, then what can't be expressed. */
function text(guests: readonly Guest[], given: Given = {}, owner: BootOwner = "proxmox"): string {
  const { changes, limits, problems } = planAutostart(worldOf(guests, { autostart: old, ...given }), owner);
  const words = [...problems, ...limits].map(({ reason, ctid, message }) => `${reason} ${ctid ?? "all"}: ${message}`);
  return [...changes.map(commandOf), ...words].join("\n");
}

test("what is a virtual machine is not taken for a container that is to be made", () => {
  expect(text([{ ctid: 953, state: "absent" }], { machines: { 953: "running" } })).toBe(
    "MISSING 953: it is a virtual machine on this host; its container has to have another number",
  );
});

describe("a container under HA", () => {
  const under: Autostart = { ...old, under_ha: new Set([955, 999]) };
  const guests: Guest[] = [{ ctid: 953 }, { ctid: 955 }];

  test("is set up all the same, and it is said that its manager does not go by that", () => {
    expect(text(guests, { autostart: under })).toBe(
      w.lines(`
        pct set 953 --onboot 1 --startup down=60
        pct set 955 --onboot 1 --startup down=60
        HA 955: it is under HA: the HA manager starts it, whatever its onboot and startup say`),
    );
  });

  test("is started by its manager besides the agent", () => {
    expect(text([{ ctid: 955, set: { onboot: "0" } }], { autostart: under }, "agent")).toBe(
      "HA 955: it is under HA: the HA manager starts it too",
    );
  });
});

describe("Proxmox before 9.1.2, which starts one after another", () => {
  test("a delay is the up of the one before; down is the time to shut down", () => {
    const guests: Guest[] = [
      { ctid: 953, order: 1 },
      { ctid: 955, order: 2, delay: 10 },
      { ctid: 957, order: 3, delay: 5, config: { shutdown_timeout_s: 300 } },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        pct set 953 --onboot 1 --startup order=1,up=10,down=60
        pct set 955 --onboot 1 --startup order=2,up=5,down=60
        pct set 957 --onboot 1 --startup order=3,down=300`),
    );
  });

  test("the order that counts is written, which is that of whoever needs it; without one it comes last, and ties go by CTID", () => {
    const guests: Guest[] = [
      { ctid: 950, delay: 7 },
      { ctid: 951, delay: 9 },
      { ctid: 952, order: 2, needs: [960] },
      { ctid: 960, order: 9, atBoot: false },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        pct set 952 --onboot 1 --startup order=2,down=60
        pct set 960 --onboot 1 --startup order=2,up=7,down=60
        pct set 950 --onboot 1 --startup up=9,down=60
        pct set 951 --onboot 1 --startup down=60
        DELAY all: no order: 950, 951 start one after another, so their delays add up to 16 s, where the plan waits 9 s at most
        SEQUENCE 952: it needs 960 of the same order, which starts after it, since one order goes by CTID; a lower boot_order for 960 helps
        HEALTH 960: 952 needs it; that it is healthy, or has started at all, is not waited for`),
    );
  });

  test("nothing before the first can wait for its delay; what it needs outside is not waited for", () => {
    const guests: Guest[] = [
      { ctid: 953, order: 1, delay: 5, needs: [100] },
      { ctid: 955, order: 2, needs: [953] },
      { ctid: 956, order: 2, needs: [953] },
    ];
    expect(text(guests, { machines: { 100: "running" } })).toBe(
      w.lines(`
        pct set 953 --onboot 1 --startup order=1,down=60
        pct set 955 --onboot 1 --startup order=2,down=60
        pct set 956 --onboot 1 --startup order=2,down=60
        DELAY 953: its delay of 5 s is not waited, since nothing starts before it; for the whole host there is: pvenode config set --startall-onboot-delay 5
        HEALTH 953: 955, 956 need it; that it is healthy, or has started at all, is not waited for
        OUTSIDER 953: it needs 100, which is not waited for; a lower order in its own startup helps`),
    );
  });
});

describe("Proxmox from 9.1.2 on, which starts an order at a time", () => {
  test("the longest delay of an order is the up of everybody in the order before", () => {
    const guests: Guest[] = [
      { ctid: 953, order: 1, delay: 3 },
      { ctid: 954, order: 1, delay: 4 },
      { ctid: 955, order: 2, delay: 10 },
      { ctid: 956, order: 2, delay: 10 },
      { ctid: 957, order: 3, delay: 5 },
      { ctid: 958, order: 3, delay: 1, needs: [957] },
    ];
    expect(text(guests, { autostart: young })).toBe(
      w.lines(`
        pct set 953 --onboot 1 --startup order=1,up=10,down=60
        pct set 954 --onboot 1 --startup order=1,up=10,down=60
        pct set 955 --onboot 1 --startup order=2,up=5,down=60
        pct set 956 --onboot 1 --startup order=2,up=5,down=60
        pct set 957 --onboot 1 --startup order=3,down=60
        pct set 958 --onboot 1 --startup order=3,down=60
        DELAY 954: its delay of 4 s is not waited, since nothing starts before it; for the whole host there is: pvenode config set --startall-onboot-delay 4
        DELAY all: order 3: all start together after 5 s, 958 later than the plan says
        DELAY all: a delay counts from the launch of the order before it, not from when that is up
        SEQUENCE 958: it needs 957 of the same order, which starts at the same time; a lower boot_order for 957 helps
        HEALTH 957: 958 needs it; that it is healthy, or has started at all, is not waited for`),
    );
  });

  test.each([
    ["8", "one by one"],
    ["8.4.14", "one by one"],
    ["9.1", "one by one"],
    ["9.1.1", "one by one"],
    ["9.1.2", "an order at a time"],
    ["9.1.10-1", "an order at a time"],
    ["9.2", "an order at a time"],
    ["10", "an order at a time"],
    ["devel", "one by one"],
  ])("version %s: %s", (version, starts) =>
    expect(schedulerOf({ by: "proxmox", version, known: "said", under_ha: new Set<number>() })?.starts).toBe(starts),
  );

  test("a version that is not known is said to be taken for one", () => {
    expect(text([{ ctid: 950 }], { autostart: { by: "proxmox", version: "8", known: "assumed", under_ha: new Set<number>() } })).toBe(
      w.lines(`
        pct set 950 --onboot 1 --startup down=60
        VERSION all: the version of Proxmox is not known, so it is taken for one that starts one by one; proxmox.version in agent.yaml says otherwise`),
    );
  });
});

describe("nothing is set that is so, and nothing is touched that is not the plan's", () => {
  const guests: Guest[] = [
    { ctid: 950, order: 1, set: { onboot: "1", startup: "order=1,up=5,down=60" } },
    { ctid: 951, order: 2, delay: 5, set: { onboot: "0", startup: "order=2,down=60" } },
    { ctid: 952, order: 3, set: { onboot: "1", startup: "order=1,down=60" } },
    { ctid: 953, atBoot: false, set: { onboot: "1", startup: "order=7" } },
    { ctid: 954, atBoot: false, set: { onboot: "0" } },
    { ctid: 955, needs: [999], set: { onboot: "1" } },
    { ctid: 956, state: "absent" },
  ];
  const given: Given = { strangers: { 800: "running" }, broken: { 957: "cores: expected a number" } };

  test("owner proxmox", () => {
    expect(text(guests, given)).toBe(
      w.lines(`
        pct set 951 --onboot 1
        pct set 952 --startup order=3,down=60
        pct set 953 --onboot 0
        MANIFEST 957: it has an error in the manifest, and is not started: cores: expected a number
        MISSING 955: it needs 999, which is neither in the manifest nor on this host
        MISSING 956: it does not exist on this host; phoenixctl orchestrate 956 makes it`),
    );
  });

  test("owner agent: onboot alone, and only of what the plan starts, or does not want started", () => {
    expect(text(guests, given, "agent").split("\n").slice(0, 3)).toEqual([
      "pct set 950 --onboot 0",
      "pct set 952 --onboot 0",
      "pct set 953 --onboot 0",
    ]);
  });

  test("in words", () => {
    const { changes } = planAutostart(worldOf(guests, { autostart: old }), "proxmox");
    expect(changes.map((change) => `${change.ctid} ${driftText(change, "proxmox")}`)).toEqual([
      "951 not set up for a boot by Proxmox: onboot is 0, expected 1",
      "952 not set up for a boot by Proxmox: startup is order=1,down=60, expected order=3,down=60",
      "953 not set up for a boot by Proxmox: onboot is 1, expected 0",
    ]);
    const [both] = planAutostart(worldOf(guests, { autostart: old }), "agent").changes;
    expect(both === undefined ? "" : driftText(both, "agent")).toBe("Proxmox starts it at boot (onboot 1), and so does the agent");
  });

  test("a startup that is to go is deleted", () => {
    expect(commandOf({ ctid: 950, changes: [{ key: "startup", from: "order=1", to: "" }] })).toBe("pct set 950 --delete startup");
  });

  test("where the platform starts nothing there is nothing to set", () => {
    for (const owner of ["proxmox", "agent"] as const) {
      expect(planAutostart(worldOf(guests, given), owner)).toMatchObject({ scheduler: null, changes: [], limits: [] });
    }
  });

  test("a run for each; one that is locked says so", () => {
    const locked = worldOf([{ ctid: 950 }, { ctid: 951, lock: "backup" }], { autostart: old });
    const plans = autostartRuns(planAutostart(locked, "proxmox"), locked);
    expect(plans.map(({ request, steps, blockers }) => [request.ctid, steps.map(({ detail }) => detail), blockers.length])).toEqual([
      [950, ["", "onboot 0 -> 1, startup none -> down=60"], 0],
      [951, ["", "onboot 0 -> 1, startup none -> down=60"], 1],
    ]);
  });
});

test("what goes back to a snapshot starts at boot as it did before, whatever the snapshot says", () => {
  const container = w.container({ ctid: 950, snapshots: w.bothSnapshots, settings: { onboot: "1", startup: "order=2,down=60" } });
  const off = w.container({ ctid: 951, snapshots: w.bothSnapshots, settings: { onboot: "0" } });
  const now = w.world({ configs: [w.config({ ctid: 950 }), w.config({ ctid: 951 })], containers: [container, off], autostart: old });
  const applied = (ctid: number) =>
    [...planRun({ kind: "letsgo", ctid, on_failure: "manifest", newer: "keep" }, now).steps, ...undoOf(ctid, now)].flatMap(({ action }) =>
      action.do === "configure" ? [[action.settings.onboot, action.settings.startup]] : [],
    );
  expect(applied(950)).toEqual([
    ["1", "order=2,down=60"],
    ["1", "order=2,down=60"],
  ]);
  expect(applied(951)).toEqual([
    ["0", ""],
    ["0", ""],
  ]);
});

function undoOf(ctid: number, now: World) {
  return planRun({ kind: "letsgo", ctid, on_failure: "manifest", newer: "keep" }, now).undo;
}

describe("of any manifest", () => {
  const numRuns = 1000;
  const versions = fc.constantFrom(old, young);
  const owners = fc.constantFrom<BootOwner>("proxmox", "agent");
  const done = (world: World, owner: BootOwner) => autostartRuns(planAutostart(world, owner), world).reduce(predict, world);

  test("what was set is not set again, and a change of owner and back leaves everything as it was", () => {
    const law = fc.property(someBoot("any"), versions, owners, ({ guests }, autostart, owner) => {
      const first = done(worldOf(guests, { autostart }), owner);
      expect(planAutostart(first, owner).changes).toEqual([]);
      const other = owner === "agent" ? "proxmox" : "agent";
      const back = done(done(first, other), owner);
      const onboots = ({ inventory }: World) => [...inventory.containers.values()].map(({ settings }) => settings.onboot ?? "0");
      expect(onboots(back)).toEqual(onboots(first));
      expect(planAutostart(back, owner).changes).toEqual([]);
    });
    fc.assert(law, { numRuns });
  });

  // Proxmox's own scheduler, as the facts tell it, with starts that take no time.
  test("Proxmox starts nobody before its delay after the start of everything of a lower order, but in the first order", () => {
    const law = fc.property(someBoot("any"), versions, ({ guests }, autostart) => {
      const world = done(worldOf(guests, { autostart }), "proxmox");
      const boot = planBoot(world);
      const starts = autostart === old ? oneByOne(world) : together(world);
      const able = boot.members.filter(({ lost }) => lost === null);
      expect(new Set(starts.keys())).toEqual(new Set(able.map(({ ctid }) => ctid)));
      for (const { ctid, turn, delay_s } of able) {
        const lower = able
          .filter((other) => (other.turn ?? Infinity) < (turn ?? Infinity))
          .map((other) => starts.get(other.ctid) ?? Infinity);
        if (lower.length > 0) expect(starts.get(ctid)).toBeGreaterThanOrEqual(Math.max(...lower) + delay_s);
      }
    });
    fc.assert(law, { numRuns });
  });
});

interface Auto {
  readonly ctid: number;
  readonly order: number;
  readonly up: number;
}

function started({ inventory }: World): readonly Auto[] {
  const all = [...inventory.containers.values()].filter(({ settings }) => settings.onboot === "1");
  const autos = all.map(({ ctid, settings }) => {
    const { order, up_s } = parseStartup(settings.startup ?? "");
    return { ctid, order: order ?? Infinity, up: up_s ?? 0 };
  });
  return autos.toSorted((a, b) => (a.order === b.order ? a.ctid - b.ctid : a.order - b.order));
}

function oneByOne(world: World): ReadonlyMap<number, number> {
  let now = 0;
  return new Map(
    started(world).map(({ ctid, up }) => {
      const at = now;
      now += up;
      return [ctid, at];
    }),
  );
}

function together(world: World): ReadonlyMap<number, number> {
  let now = 0;
  const starts = new Map<number, number>();
  for (const group of Map.groupBy(started(world), ({ order }) => order).values()) {
    for (const { ctid } of group) starts.set(ctid, now);
    now += Math.max(...group.map(({ up }) => up));
  }
  return starts;
}
