import type { Gpus } from "../../src/agent/domain/gpu.ts";
import { afterLook, remembered, useOf, type Idling } from "../../src/agent/gpu/idle.ts";
import { idleStops } from "../../src/agent/gpu/idle-stops.ts";
import * as w from "../support/world.ts";
import { gpu, process } from "./seen.ts";

const rule = { below_percent: 5, sample_ms: 15_000 };
const minute = 60_000;
const known = (...gpus: ReturnType<typeof gpu>[]): Gpus => ({ known: true, gpus });
const unknown: Gpus = { known: false, why: "no" };
const own = process(950, 1000, { since: 10 });

/** Looks as words: "idle", "busy", "blind" (nvidia-smi says nothing), "N/A" (it does not say how busy), "grown" (more memory). */
const looks: Readonly<Record<string, Gpus>> = {
  idle: known(gpu(0, [own])),
  busy: known(gpu(0, [own], { utilization_percent: 5 })),
  "almost busy": known(gpu(0, [own], { utilization_percent: 4 })),
  blind: unknown,
  "N/A": known(gpu(0, [own], { utilization_percent: null })),
  grown: known(gpu(0, [{ ...own, used_mib: 1001 }])),
  empty: known(gpu(0, [])),
};

/** The seconds for which 950 counts as idle after looks at these seconds; null: not at all. */
function after(story: readonly (readonly [at_s: number, look: string])[], begin: ReadonlyMap<number, Idling> = new Map()): number | null {
  let idling = begin;
  for (const [at_s, look] of story) {
    const seen = looks[look];
    if (seen === undefined) throw new Error(look);
    idling = afterLook(idling, [950], seen, at_s * 1000, rule);
  }
  const found = idling.get(950);
  return found === undefined ? null : found.idle_ms / 1000;
}

describe("how long a container has been idle", () => {
  test.each<[string, readonly (readonly [number, string])[], number | null]>([
    ["counts from the first look on", [[100, "idle"]], 0],
    [
      "grows from look to look",
      [
        [100, "idle"],
        [115, "idle"],
        [130, "almost busy"],
      ],
      30,
    ],
    [
      "ends when the GPU does something",
      [
        [100, "idle"],
        [115, "busy"],
      ],
      null,
    ],
    [
      "begins again after that",
      [
        [100, "idle"],
        [115, "busy"],
        [130, "idle"],
        [145, "idle"],
      ],
      15,
    ],
    [
      "does not begin while nothing can be seen",
      [
        [100, "blind"],
        [115, "blind"],
      ],
      null,
    ],
    [
      "stands still while nothing can be seen",
      [
        [100, "idle"],
        [115, "idle"],
        [130, "blind"],
        [145, "blind"],
        [160, "idle"],
        [175, "idle"],
      ],
      30,
    ],
    [
      "stands still while nvidia-smi does not say how busy it is",
      [
        [100, "idle"],
        [115, "idle"],
        [130, "N/A"],
        [145, "idle"],
        [160, "idle"],
      ],
      30,
    ],
    [
      "is forgotten when nothing was seen for more than five minutes",
      [
        [100, "idle"],
        [115, "idle"],
        [416, "idle"],
      ],
      0,
    ],
    [
      "and also when that was found to be blind before",
      [
        [100, "idle"],
        [115, "idle"],
        [416, "blind"],
        [431, "idle"],
      ],
      0,
    ],
    [
      "does not count a time in which nobody looked",
      [
        [100, "idle"],
        [115, "idle"],
        [175, "idle"],
        [190, "idle"],
      ],
      30,
    ],
    [
      "ends when its memory is another",
      [
        [100, "idle"],
        [115, "grown"],
        [130, "grown"],
        [145, "grown"],
      ],
      15,
    ],
    [
      "goes on where it holds nothing",
      [
        [100, "empty"],
        [115, "empty"],
      ],
      15,
    ],
    [
      "does not count backwards when the clock is set back",
      [
        [100, "idle"],
        [115, "idle"],
        [50, "idle"],
      ],
      0,
    ],
  ])("%s", (_, story, seconds) => expect(after(story)).toBe(seconds));

  test("survives the agent, without the time that nobody has seen", () => {
    const before = remembered([{ ctid: 950, idle_ms: 20 * minute, seen: 1000 * 1000 }]);
    expect(after([[1060, "idle"]], before)).toBe(20 * 60);
    expect(
      after(
        [
          [1060, "idle"],
          [1075, "idle"],
        ],
        before,
      ),
    ).toBe(20 * 60 + 15);
    expect(after([[1301, "idle"]], before)).toBe(0);
    expect(after([[1060, "busy"]], before)).toBeNull();
  });

  test("ends when a process was started meanwhile", () => {
    const first = afterLook(new Map(), [950], known(gpu(0, [own])), 100_000, rule);
    const second = afterLook(first, [950], known(gpu(0, [{ ...own, since: 107_000 }])), 115_000, rule);
    expect(second.size).toBe(0);
  });

  test("is nothing for one that does not run any more", () => {
    const first = afterLook(new Map(), [950], known(gpu(0, [own])), 100_000, rule);
    expect(afterLook(first, [], known(gpu(0, [])), 115_000, rule).size).toBe(0);
  });
});

describe("with several on one GPU nobody knows who is busy", () => {
  const other = process(951, 500);
  test.each([
    ["all who hold memory are in use", known(gpu(0, [own, other], { utilization_percent: 50 })), 950, "in use"],
    ["who holds none is not", known(gpu(0, [other], { utilization_percent: 50 })), 950, "idle"],
    ["who is on another one is not", known(gpu(0, [own]), gpu(1, [other], { utilization_percent: 50 })), 950, "idle"],
    ["who is on both is", known(gpu(0, [own]), gpu(1, [{ ...own }, other], { utilization_percent: 50 })), 950, "in use"],
  ])("%s", (_, seen, ctid, use) => expect(useOf(ctid, seen, null, rule)).toBe(use));
});

describe("who is stopped for being idle", () => {
  const running = (ctid: number) => w.container({ ctid, state: "running", gpu_access: true, settings: { gpus: "0" } });
  const lease = { ctid: 950, holder: "ana", reason: "", since: 0, until: 1 };
  const world = (parts: w.WorldParts = {}) =>
    w.world({
      configs: [w.config({ ctid: 950, gpus: [0] })],
      containers: [running(950)],
      gpus: [gpu(0, [own])],
      idle: { 950: 30 },
      ...parts,
    });
  test.each<[string, w.WorldParts, readonly number[]]>([
    ["one who is for long enough", {}, [950]],
    ["not one who is for less", { idle: { 950: 29 } }, []],
    ["not one who is leased", { leases: [lease] }, []],
    ["not one who has a run", { active: { 950: "run" } }, []],
    ["not one who holds nothing", { gpus: [gpu(0, [])] }, []],
    ["but one of whom nobody knows how much it holds", { gpus: [gpu(0, [process(950, null)])] }, [950]],
    ["not one who is to stay on", { configs: [w.config({ ctid: 950, gpus: [0], power: "on" })] }, []],
    ["nobody where nothing can be seen", { gpus: null, idle: {} }, []],
  ])("%s", (_, parts, stopped) => expect(idleStops(world(parts), 30 * minute)).toEqual(stopped));
});
