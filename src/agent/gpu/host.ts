import type { AgentSettings } from "../config/settings.ts";
import type { Clock } from "../domain/clock.ts";
import type { Events } from "../domain/event.ts";
import type { GpuState } from "../domain/gpu.ts";
import type { Log } from "../domain/log.ts";
import type { ScheduleBook } from "../domain/schedule.ts";
import type { World } from "../plan/world.ts";
import type { Orchestrator, Started } from "../run/orchestrator.ts";
import type { Beat } from "../schedule/beat.ts";
import { startSchedules, type ScheduleView } from "../schedule/engine.ts";
import { createGpuPower, type GpuPower, type GpuSchedule } from "./power.ts";
import { nextStop } from "./schedules.ts";
import { gpuViews, type GpuView } from "./view.ts";

/** A schedule of the settings as it stands. */
export interface GpuScheduleView extends ScheduleView {
  readonly gpu: GpuSchedule;
  /** The next time at which it is due, paused or not, milliseconds since 1970; null: never again. */
  readonly next: number | null;
}

/** The GPUs of a host: what can be asked of them, and done with them. Every method throws Fault. */
export interface GpuHost extends Pick<GpuPower, "plan" | "start"> {
  /** The GPUs, why they can't be seen (null: they can), and after how long who is idle is stopped (null: never). */
  readonly list: () => Promise<{
    readonly views: readonly GpuView[];
    readonly unseen: string | null;
    readonly idle_stop_ms: number | null;
  }>;
  readonly schedules: {
    /** In the order of the settings. */
    readonly list: () => readonly GpuScheduleView[];
    readonly next: (name: string, count: number) => readonly number[];
    /** Does now what it does when it is due. */
    readonly run: (request_id: string, name: string) => Promise<Started>;
    readonly pause: (name: string) => GpuScheduleView;
    readonly resume: (name: string) => GpuScheduleView;
  };
}

export interface GpuHostParts {
  readonly settings: AgentSettings["gpu"];
  readonly orchestrator: Orchestrator;
  /** With the GPUs as they are now. */
  readonly world: () => Promise<World>;
  readonly book: ScheduleBook;
  readonly events: Events;
  readonly clock: Clock;
  readonly beat: Beat;
  readonly log: Log;
}

/** A host's GPUs, whose schedules are at work from now on; `looked` is to be called with what is seen of them. */
export function createGpuHost({ settings, orchestrator, world, book, events, clock, beat, log }: GpuHostParts): GpuHost & {
  readonly looked: (state: GpuState) => Promise<void>;
  readonly close: () => Promise<void>;
} {
  const idle_stop_ms = settings.stop_idle_after_min === undefined ? null : settings.stop_idle_after_min * 60_000;
  const power = createGpuPower({ orchestrator, world, events, log, now: () => clock.now() });
  const all = settings.schedules.map(scheduleOf);
  const jobs = all.map((gpu) => ({ schedule: gpu.schedule, fire: power.fire(gpu) }));
  const engine = startSchedules("gpu", jobs, { book, clock, beat, log });
  const find = (name: string) => {
    // Says which there are, where there is none of that name.
    engine.next(name, 1);
    return all.find(({ schedule }) => schedule.name === name) as GpuSchedule;
  };
  const view = (seen: ScheduleView): GpuScheduleView => {
    const { name } = seen.schedule;
    return { ...seen, gpu: find(name), next: engine.next(name, 1)[0] ?? null };
  };

  return {
    plan: power.plan,
    start: power.start,
    async list() {
      const now = clock.now();
      const seen = await world();
      const views = engine.list();
      const stops = { idle_ms: idle_stop_ms, scheduled: (ctid: number) => nextStop(ctid, all, views, seen, now) };
      return { views: gpuViews(seen, stops, now), unseen: seen.gpu.seen.known ? null : seen.gpu.seen.why, idle_stop_ms };
    },
    schedules: {
      list: () => engine.list().map(view),
      next: engine.next,
      run: (request_id, name) => power.run(request_id, find(name), `schedule ${name}, run by hand`),
      pause: (name) => view(engine.pause(name)),
      resume: (name) => view(engine.resume(name)),
    },
    looked: async (state) => {
      if (idle_stop_ms !== null) await power.stopIdle(state, idle_stop_ms);
    },
    close: engine.close,
  };
}

function scheduleOf(given: AgentSettings["gpu"]["schedules"][number]): GpuSchedule {
  const { name, cron, time_zone, catch_up_s, containers, gpu, except, grace_s, only_idle } = given;
  const choice = () => {
    if (gpu !== undefined) return { of: "gpu", index: gpu } as const;
    return containers === "all" || containers === undefined ? ({ of: "all" } as const) : ({ of: "containers", ctids: containers } as const);
  };
  const schedule = { name, cron, time_zone, catch_up_s };
  return { schedule, choice: choice(), except, when: only_idle ? "idle" : "always", grace_s: grace_s ?? null };
}
