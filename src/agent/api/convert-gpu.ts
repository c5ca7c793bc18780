import {
  toTimestamp,
  type Gpu__Output,
  type GpuChoice__Output,
  type GpuHolder__Output,
  type GpuSchedule__Output,
  type GpuShutdownOptions__Output,
  type GpuUntil__Output,
} from "../../../proto/index.ts";
import type { Choice } from "../gpu/choose.ts";
import type { GpuScheduleView } from "../gpu/host.ts";
import type { Shutdown } from "../gpu/power.ts";
import type { GpuHolder, GpuView, Until } from "../gpu/view.ts";
import { toLease } from "./lease.ts";
import { complaint, ctid, demand } from "./validate.ts";

const untils: Readonly<Record<Until["by"], GpuUntil__Output>> = {
  lease: "GPU_UNTIL_LEASE",
  idle: "GPU_UNTIL_IDLE",
  schedule: "GPU_UNTIL_SCHEDULE",
};
const longestGrace = 24 * 60 * 60;

/** A GPU for the caller. What is not known is left out. */
export function toGpu({ index, model, used_mib, total_mib, utilization_percent, holders }: GpuView): Gpu__Output {
  return {
    index,
    model,
    ...known("used_mib", used_mib),
    ...known("total_mib", total_mib),
    ...known("utilization_percent", utilization_percent),
    holders: holders.map(toHolder),
  };
}

function toHolder({ ctid: of, name, used_mib, since, lease, idle_ms, until }: GpuHolder): GpuHolder__Output {
  return {
    ctid: of ?? 0,
    name,
    ...known("used_mib", used_mib),
    since: stamp(since),
    lease: lease === null ? null : toLease(lease),
    ...known("idle_s", idle_ms === null ? null : idle_ms / 1000),
    until: until === null ? "GPU_UNTIL_UNSPECIFIED" : untils[until.by],
    until_at: stamp(until?.at ?? null),
    schedule: until?.by === "schedule" ? until.schedule : "",
  };
}

/** A schedule for the caller. */
export function toSchedule({ schedule, gpu, paused, fired, missed, next }: GpuScheduleView): GpuSchedule__Output {
  return {
    ...schedule,
    choice: toChoice(gpu),
    options: { only_idle: gpu.when === "idle", grace_s: gpu.grace_s ?? 0, force: false },
    paused_at: stamp(paused),
    fired_at: stamp(fired),
    missed_at: stamp(missed),
    next_at: stamp(next),
  };
}

function toChoice({ choice, except }: Shutdown): GpuChoice__Output {
  const shared = { except: [...except] };
  switch (choice.of) {
    case "containers":
      return { ...shared, of: "containers", containers: { ctids: [...choice.ctids] } };
    case "gpu":
      return { ...shared, of: "gpu", gpu: choice.index };
    case "all":
      return { ...shared, of: "all", all: true };
  }
}

/** Which containers are meant, or a refusal. */
export function readChoice(given: GpuChoice__Output | null): Pick<Shutdown, "choice" | "except"> {
  const except = given?.except ?? [];
  const ctids = given?.containers?.ctids ?? [];
  demand(...ctids.map((each) => ctid(each, "choice.containers")), ...except.map((each) => ctid(each, "choice.except")));
  return { choice: choiceOf(given, ctids), except };
}

function choiceOf(given: GpuChoice__Output | null, ctids: readonly number[]): Choice {
  if (given?.of === "containers" && ctids.length > 0) return { of: "containers", ctids };
  if (given?.of === "gpu") return { of: "gpu", index: given.gpu ?? 0 };
  if (given?.of === "all" && given.all === true) return { of: "all" };
  demand(complaint("choice", "expected containers, a gpu, or all", given?.of ?? "nothing"));
  throw new Error("unreachable: demand has thrown");
}

/** How they are stopped, or a refusal. */
export function readShutdown(which: Pick<Shutdown, "choice" | "except">, options: GpuShutdownOptions__Output | null): Shutdown {
  const grace_s = options?.grace_s ?? 0;
  demand(grace_s <= longestGrace ? null : complaint("options.grace_s", `expected at most ${longestGrace} seconds`, grace_s));
  return { ...which, when: options?.only_idle === true ? "idle" : "always", grace_s: grace_s === 0 ? null : grace_s };
}

function stamp(ms: number | null) {
  return ms === null ? null : toTimestamp(ms);
}

/** A field that is absent when nothing is known. */
function known<K extends string>(key: K, value: number | null): Partial<Record<K, number>> {
  return value === null ? {} : ({ [key]: value } as Partial<Record<K, number>>);
}
