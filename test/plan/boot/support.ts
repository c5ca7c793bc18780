// Boot plans in tests: a world in a few words, and a plan as a person reads it.
import type { ContainerConfig } from "../../../src/agent/config/manifest-types.ts";
import type { Autostart, Settings } from "../../../src/agent/domain/container.ts";
import { waitsOf, type BootPlan } from "../../../src/agent/plan/boot.ts";
import { delayOf, type Expected } from "../../../src/agent/plan/boot-play.ts";
import { playBoot } from "../../../src/agent/plan/boot-times.ts";
import type { World } from "../../../src/agent/plan/world.ts";
import { createBoots, type BootForecast } from "../../../src/agent/run/boot.ts";
import * as w from "../../support/world.ts";

/** A container of a test: what concerns its boot. */
export interface Guest {
  readonly ctid: number;
  readonly order?: number | null;
  readonly delay?: number;
  readonly needs?: readonly number[];
  readonly atBoot?: boolean;
  readonly state?: "running" | "stopped" | "absent";
  /** Its onboot and startup on the platform. */
  readonly set?: Settings;
  readonly lock?: string;
  readonly config?: Partial<ContainerConfig>;
}

export interface Given {
  readonly machines?: Readonly<Record<number, "running" | "stopped">>;
  readonly broken?: Readonly<Record<number, string>>;
  /** Containers of the host that the manifest does not know. */
  readonly strangers?: Readonly<Record<number, "running" | "stopped">>;
  readonly autostart?: Autostart;
}

export function configOf({ ctid, order = null, delay = 0, needs = [], atBoot = true, config = {} }: Guest): ContainerConfig {
  return w.config({ ctid, dependencies: needs, boot: { start: atBoot, order, delay_s: delay }, ...config });
}

export function worldOf(guests: readonly Guest[], given: Given = {}): World {
  const there = guests
    .filter(({ state }) => state !== "absent")
    .map(({ ctid, state, set, lock = null }) => {
      return { ctid, lock, state: state === "running" ? "running" : "stopped", ...(set === undefined ? {} : { settings: set }) } as const;
    });
  const strangers = Object.entries(given.strangers ?? {}).map(([id, state]) => ({ ctid: Number(id), state }));
  const problem = (ctid: number, message: string) => [{ severity: "error" as const, ctid, path: "$", line: 1, column: 1, message }];
  const world = w.world({
    ...(given.autostart === undefined ? {} : { autostart: given.autostart }),
    configs: guests.map(configOf),
    containers: [...there, ...strangers].map((seen) => w.container(seen)),
    broken: new Map(Object.entries(given.broken ?? {}).map(([id, message]) => [Number(id), problem(Number(id), message)])),
  });
  const machines = new Map(Object.entries(given.machines ?? {}).map(([id, state]) => [Number(id), state]));
  return { ...world, inventory: { ...world.inventory, machines } };
}

/** A plan in lines: its members with what they wait for, its waves, its problems. */
export function bootText({ members, waves, problems }: BootPlan): string {
  const able = members.filter(({ lost }) => lost === null).toSorted((a, b) => a.ctid - b.ctid);
  return [
    ...members.map((member) => {
      const { ctid, turn, delay_s, needed_by, outsiders, running, lost } = member;
      const waits = lost === null ? waitsOf(member, able) : [];
      const waitsFor = (reason: string) => waits.filter((wait) => wait.reason === reason).map(({ on }) => on);
      const parts = [
        `turn ${turn ?? "last"}`,
        ...(delay_s > 0 ? [`delay ${delay_s}`] : []),
        ...(needed_by === null ? [] : [`needed by ${needed_by}`]),
        ...(running ? ["runs"] : []),
        ...(["dependency", "order"] as const).flatMap((reason) =>
          waitsFor(reason).length === 0 ? [] : [`${reason} ${waitsFor(reason).join(" ")}`],
        ),
        ...(outsiders.length === 0 ? [] : [`outside ${outsiders.join(" ")}`]),
        ...(lost === null ? [] : [`lost: ${lost}`]),
      ];
      return `${ctid} ${parts.join(", ")}`;
    }),
    `waves ${waves.map((wave) => wave.join(" ")).join(" | ")}`,
    ...problems.map(({ severity, reason, ctid, message }) => `${severity} ${reason} ${ctid ?? "manifest"}: ${message}`),
  ].join("\n");
}

/** How a plan goes, a line for everything that happens: "5 s: 950 starts". */
export function playText(plan: BootPlan, expected: Readonly<Record<number, Expected>>, max_parallel = Infinity): string {
  const times = playBoot(plan, ({ ctid }) => expected[ctid] ?? { ms: 10_000, ends: "up" }, max_parallel);
  const happens = plan.members.flatMap((member) => {
    const { ctid } = member;
    const time = times.get(ctid);
    if (time === undefined) return [];
    const waits = delayOf(member) > 0 && time.start !== null ? [{ at: time.turn, text: `${ctid} has its turn` }] : [];
    const starts = time.start === null ? [] : [{ at: time.start, text: `${ctid} starts` }];
    return [...waits, ...starts, { at: time.end, text: `${ctid} ${time.ended}` }];
  });
  return happens
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `${at / 1000} s: ${text}`)
    .join("\n");
}

/** What a boot of this world is expected to be, when there are no past starts. */
export function forecastOf(world: World, max_parallel = 4): Promise<BootForecast> {
  return createBoots({
    world: () => Promise.resolve(world),
    journal: { runs: () => [] },
    orchestrator: { startPlanned: () => Promise.resolve({ runs: [], refused: [] }) },
    max_parallel,
  }).plan(null);
}
