import type { BootServiceHandlers } from "../../../proto/services.ts";
import type { BootStarted } from "../run/boot.ts";
import type { Adapter } from "./adapt.ts";
import { toBootPlan } from "./convert-boot.ts";
import { toPlan } from "./convert-plan.ts";
import { toRun } from "./convert-run.ts";
import type { Parts } from "./parts.ts";
import { ctid, demand, requestId, type Complaint } from "./validate.ts";

/** BootService: what starts when the host has booted. */
export function boot({ boots, driver }: Parts, { unary }: Adapter): BootServiceHandlers {
  const complaints = (ctids: readonly number[]): readonly Complaint[] => ctids.map((each) => ctid(each, "ctids"));
  const only = (ctids: readonly number[]) => (ctids.length === 0 ? null : ctids);
  const leases = (force: boolean) => (force ? "force" : "respect");
  // No estimate: what a member waits for is no part of how long starts take.
  const answer = ({ runs, refused }: BootStarted) => ({
    runs: runs.map((run) => toRun(run, driver.platform, null)),
    refused: refused.map((plan) => toPlan(plan, null)),
  });

  return {
    PlanBoot: unary(async ({ ctids }) => {
      demand(...complaints(ctids));
      return { plan: toBootPlan(await boots.plan(only(ctids))) };
    }),

    StartBoot: unary(async ({ request_id, ctids }) => {
      demand(requestId(request_id), ...complaints(ctids));
      return answer(await boots.start(request_id, only(ctids)));
    }),

    GetBoot: unary(() => ({ runs: boots.last().map((run) => toRun(run, driver.platform, null, "without plan")) })),

    PlanShutdown: unary(async ({ force }) => ({ plans: (await boots.planShutdown(leases(force))).map((plan) => toPlan(plan, null)) })),

    StartShutdown: unary(async ({ request_id, force }) => {
      demand(requestId(request_id));
      return answer(await boots.shutdown(request_id, leases(force)));
    }),
  };
}
