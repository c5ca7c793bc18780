import type { Ctid } from "../domain/container.ts";
import { firingsAfter } from "../schedule/cron.ts";
import type { ScheduleView } from "../schedule/engine.ts";
import type { World } from "../plan/world.ts";
import { chosen } from "./choose.ts";
import type { GpuSchedule } from "./power.ts";

/** The next time at which a schedule that is not paused concerns a container as it stands now. */
export function nextStop(
  ctid: Ctid,
  schedules: readonly GpuSchedule[],
  views: readonly ScheduleView[],
  world: World,
  now: number,
): { readonly schedule: string; readonly at: number } | null {
  const paused = new Set(views.flatMap((view) => (view.paused === null ? [] : [view.schedule.name])));
  const stops = schedules.flatMap(({ schedule, choice, except }) => {
    if (paused.has(schedule.name) || !chosen(choice, except, world).includes(ctid)) return [];
    return firingsAfter(schedule, now, 1).map((at) => ({ schedule: schedule.name, at }));
  });
  return stops.toSorted((a, b) => a.at - b.at)[0] ?? null;
}
