import { chainTo, longestChain, makespan, playBoot } from "../../../src/agent/plan/boot-times.ts";
import { planBoot } from "../../../src/agent/plan/boot.ts";
import * as w from "../../support/world.ts";
import { bootText, playText, worldOf, type Given, type Guest } from "./support.ts";

const text = (guests: readonly Guest[], given: Given = {}, only: readonly number[] | null = null) =>
  bootText(planBoot(worldOf(guests, given), only));

describe("who is a member, and when its turn comes", () => {
  test("ascending orders, unset last, one order together", () => {
    const guests: Guest[] = [
      { ctid: 950 },
      { ctid: 951, order: 2 },
      { ctid: 952, order: 0 },
      { ctid: 953, order: 2 },
      { ctid: 954, atBoot: false },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        952 turn 0
        951 turn 2, order 952
        953 turn 2, order 952
        950 turn last, order 951 952 953
        waves 952 | 951 953 | 950`),
    );
  });

  test("a dependency counts instead of an order, and inside one order", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1, needs: [951] },
      { ctid: 951, order: 1 },
      { ctid: 952, order: 2, needs: [951] },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        951 turn 1
        950 turn 1, dependency 951
        952 turn 2, dependency 951, order 950
        waves 951 | 950 | 952`),
    );
  });

  test("who is needed by a member is one too, with the turn of the first that needs it and its own delay", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1, needs: [960] },
      { ctid: 951, order: 3, needs: [960, 961] },
      { ctid: 960, order: 9, delay: 2, atBoot: false, needs: [962] },
      { ctid: 961, order: 0, atBoot: false },
      { ctid: 962, atBoot: false },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        962 turn 1, needed by 960
        960 turn 1, delay 2, needed by 950, dependency 962
        950 turn 1, dependency 960
        961 turn 3, needed by 951, order 950 960 962
        951 turn 3, dependency 960 961, order 950 962
        waves 962 | 960 | 950 | 961 | 951`),
    );
  });

  test("an order against a dependency gives way, and is an error that stops nobody", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1, needs: [952] },
      { ctid: 951, order: 2 },
      { ctid: 952, order: 3, needs: [953] },
      { ctid: 953 },
    ];
    expect(text(guests)).toBe(
      w.lines(`
        953 turn 1
        952 turn 1, dependency 953
        950 turn 1, dependency 952
        951 turn 2, order 950 952 953
        waves 953 | 952 | 950 | 951
        error ORDER 952: it has order 3 and needs 953, which has no order and would come last; so 953 comes first
        error ORDER 950: it has order 1 and needs 952, which has order 3; so 952 comes first`),
    );
  });

  test("only some, with what they need, whether or not they start at boot", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1 },
      { ctid: 951, order: 2, atBoot: false, needs: [952] },
      { ctid: 952, order: 3 },
    ];
    expect(text(guests, {}, [951])).toBe(
      w.lines(`
        952 turn 2, needed by 951
        951 turn 2, dependency 952
        waves 952 | 951`),
    );
  });
});

describe("what is wrong costs the container and what needs it", () => {
  const bystander: Guest = { ctid: 959, order: 9 };

  test("a cycle", () => {
    const guests: Guest[] = [
      { ctid: 950, needs: [951] },
      { ctid: 951, needs: [952] },
      { ctid: 952, needs: [951] },
      { ctid: 953, needs: [953] },
      bystander,
    ];
    expect(text(guests)).toBe(
      w.lines(`
        959 turn 9
        950 turn last, lost: it needs 951, which can't be started
        951 turn last, lost: it needs itself first: 951 -> 952 -> 951
        952 turn last, lost: it needs itself first: 952 -> 951 -> 952
        953 turn last, lost: it needs itself first: 953 -> 953
        waves 959
        error DEPENDENCY 950: it needs 951, which can't be started
        error CYCLE 951: it needs itself first: 951 -> 952 -> 951
        error CYCLE 952: it needs itself first: 952 -> 951 -> 952
        error CYCLE 953: it needs itself first: 953 -> 953`),
    );
  });

  test("an id that nobody has, and a container that does not exist; what only they need is not started", () => {
    const guests: Guest[] = [{ ctid: 950, needs: [999, 960] }, { ctid: 951, state: "absent" }, { ctid: 960, atBoot: false }, bystander];
    expect(text(guests)).toBe(
      w.lines(`
        959 turn 9
        950 turn last, outside 999, lost: it needs 999, which is neither in the manifest nor on this host
        951 turn last, lost: it does not exist on this host; phoenixctl orchestrate 951 makes it
        waves 959
        error MISSING 950: it needs 999, which is neither in the manifest nor on this host
        error MISSING 951: it does not exist on this host; phoenixctl orchestrate 951 makes it`),
    );
  });

  test("an error in the manifest", () => {
    expect(
      text([{ ctid: 950, needs: [951] }, { ctid: 952, needs: [950] }, bystander], { broken: { 951: "cores: expected a number" } }),
    ).toBe(
      w.lines(`
        959 turn 9
        950 turn last, lost: it needs 951, which can't be started
        952 turn last, lost: it needs 950, which can't be started
        waves 959
        error MANIFEST 951: it has an error in the manifest, and is not started: cores: expected a number
        error DEPENDENCY 950: it needs 951, which can't be started
        error DEPENDENCY 952: it needs 950, which can't be started`),
    );
  });

  test("a template, and outsiders that do not run, are warnings", () => {
    const guests: Guest[] = [
      { ctid: 950, config: { template_snapshot: "golden" } },
      { ctid: 951, needs: [100, 101, 102, 103] },
      { ctid: 952, needs: [101], state: "running" },
    ];
    const given: Given = { machines: { 100: "running", 101: "stopped" }, strangers: { 102: "running", 103: "stopped" } };
    expect(text(guests, given)).toBe(
      w.lines(`
        950 turn last
        951 turn last, outside 100 101 102 103
        952 turn last, runs, outside 101
        waves 950 951 952
        warning TEMPLATE 950: it is a template, and starts at boot
        warning OUTSIDER 951: it needs 101, which does not run and is not started by Phoenix; that is waited for up to 180 s
        warning OUTSIDER 951: it needs 103, which does not run and is not started by Phoenix; that is waited for up to 180 s`),
    );
  });

  test("a manifest that can't be read", () => {
    const world = worldOf([]);
    const problem = { severity: "error", ctid: null, path: "$", line: 1, column: 1, message: "it is no JSON" } as const;
    expect(bootText(planBoot({ ...world, manifest: { ...world.manifest, problems: [problem] } }))).toBe(
      "waves \nerror MANIFEST manifest: it is no JSON",
    );
  });
});

test("the time-out is that of starting, getting ready and healthy", () => {
  const [plain, checked] = planBoot(worldOf([{ ctid: 950 }, { ctid: 951, config: { health: w.healthCheck } }])).members;
  expect([plain?.timeout_s, checked?.timeout_s]).toEqual([360, 360 + 3 * 65]);
});

describe("how it goes", () => {
  const up = (seconds: number) => ({ ms: seconds * 1000, ends: "up" }) as const;
  const fails = (seconds: number) => ({ ms: seconds * 1000, ends: "failed" }) as const;

  test("a delay begins with the turn; who runs already does not wait", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1, delay: 5 },
      { ctid: 951, order: 2, delay: 3 },
      { ctid: 952, order: 2, delay: 9, state: "running" },
      { ctid: 953, order: 3, needs: [951] },
    ];
    expect(playText(planBoot(worldOf(guests)), { 952: up(0) })).toBe(
      w.lines(`
        0 s: 950 has its turn
        5 s: 950 starts
        15 s: 950 up
        15 s: 951 has its turn
        15 s: 952 starts
        15 s: 952 up
        18 s: 951 starts
        28 s: 951 up
        28 s: 953 starts
        38 s: 953 up`),
    );
  });

  test("who fails costs what depends on it, at once, and nobody else", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1 },
      { ctid: 951, order: 1 },
      { ctid: 952, order: 2, needs: [950] },
      { ctid: 953, order: 3, needs: [952, 951] },
      { ctid: 954, order: 4 },
    ];
    expect(playText(planBoot(worldOf(guests)), { 950: fails(2), 951: up(60) })).toBe(
      w.lines(`
        0 s: 950 starts
        0 s: 951 starts
        2 s: 950 failed
        2 s: 952 skipped
        2 s: 953 skipped
        60 s: 951 up
        60 s: 954 starts
        70 s: 954 up`),
    );
  });

  test("at most so many at a time, first come, first served; waiting takes no room", () => {
    const guests: Guest[] = [{ ctid: 950 }, { ctid: 951, delay: 12 }, { ctid: 952 }, { ctid: 953 }];
    expect(playText(planBoot(worldOf(guests)), { 950: up(15) }, 1)).toBe(
      w.lines(`
        0 s: 950 starts
        0 s: 951 has its turn
        15 s: 950 up
        15 s: 952 starts
        25 s: 952 up
        25 s: 953 starts
        35 s: 951 starts
        35 s: 953 up
        45 s: 951 up`),
    );
  });

  test("the chain that the end waits for; of two at the same time the dependency", () => {
    const guests: Guest[] = [
      { ctid: 950, order: 1 },
      { ctid: 951, order: 1 },
      { ctid: 952, order: 2, needs: [951] },
      { ctid: 953, order: 2 },
    ];
    const times = playBoot(planBoot(worldOf(guests)), ({ ctid }) => up(ctid === 952 ? 20 : 10), Infinity);
    expect(longestChain(times)).toEqual([951, 952]);
    expect(chainTo(953, times)).toEqual([950, 953]);
    expect(makespan(times)).toBe(30_000);
    expect([longestChain(new Map()), makespan(new Map())]).toEqual([[], 0]);
  });

  test("10,000 containers, each of which needs the one before, or is in a circle, or needs one that is lost", () => {
    const ids = Array.from({ length: 10_000 }, (_, at) => 1000 + at);
    const chain = ids.map((ctid): Guest => ({ ctid, order: 10_999 - ctid, needs: ctid === 1000 ? [] : [ctid - 1] }));
    const plan = planBoot(worldOf(chain));
    const times = playBoot(plan, () => up(1), 4);
    expect([plan.waves.length, makespan(times), longestChain(times).length]).toEqual([10_000, 10_000_000, 10_000]);

    const { members, problems } = planBoot(worldOf(chain.map((guest) => (guest.ctid === 1000 ? { ...guest, needs: [1001] } : guest))));
    expect(members.every(({ lost }) => lost !== null)).toBe(true);
    expect(problems.filter(({ reason }) => reason === "CYCLE").map(({ ctid }) => ctid)).toEqual([1000, 1001]);
  });
});
