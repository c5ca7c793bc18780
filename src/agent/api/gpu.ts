import type { GpuServiceHandlers } from "../../../proto/services.ts";
import type { Started } from "../run/orchestrator.ts";
import { toTimestamp } from "../../../proto/index.ts";
import type { Adapter } from "./adapt.ts";
import { readChoice, readShutdown, toGpu, toSchedule } from "./convert-gpu.ts";
import { toPlan } from "./convert-plan.ts";
import { toRun } from "./convert-run.ts";
import { leases } from "./lease.ts";
import type { Parts } from "./parts.ts";
import { demand, limit, requestId } from "./validate.ts";

const mostFirings = 100;
const usualFirings = 5;

/** GpuService: who has GPUs, for how long, and what takes them away again. */
export function gpu(parts: Parts, adapt: Adapter): GpuServiceHandlers {
  const { unary } = adapt;
  const { gpu: host, driver } = parts;
  const answer = ({ runs, refused }: Started) => ({
    runs: runs.map((run) => toRun(run, driver.platform, null)),
    refused: refused.map((plan) => toPlan(plan, null)),
  });
  const policy = (force: boolean) => (force ? "force" : "respect");

  return {
    ...leases(parts, adapt),

    ListGpus: unary(async () => {
      const { views, unseen, idle_stop_ms } = await host.list();
      return { gpus: views.map(toGpu), unseen: unseen ?? "", idle_stop_s: (idle_stop_ms ?? 0) / 1000 };
    }),

    PlanGpuShutdown: unary(async ({ choice, options }) => {
      const plans = await host.plan(readShutdown(readChoice(choice), options), policy(options?.force === true));
      return { plans: plans.map((plan) => toPlan(plan, null)) };
    }),

    StartGpuShutdown: unary(async ({ request_id, choice, options }) => {
      demand(requestId(request_id));
      return answer(await host.start(request_id, readShutdown(readChoice(choice), options), policy(options?.force === true)));
    }),

    ListGpuSchedules: unary(() => ({ schedules: host.schedules.list().map(toSchedule) })),

    ListGpuFirings: unary(({ name, count }) => {
      demand(limit(count, mostFirings));
      return { at: host.schedules.next(name, count === 0 ? usualFirings : count).map(toTimestamp) };
    }),

    RunGpuSchedule: unary(async ({ request_id, name }) => {
      demand(requestId(request_id));
      return answer(await host.schedules.run(request_id, name));
    }),

    PauseGpuSchedule: unary(({ name }) => ({ schedule: toSchedule(host.schedules.pause(name)) })),

    ResumeGpuSchedule: unary(({ name }) => ({ schedule: toSchedule(host.schedules.resume(name)) })),
  };
}
