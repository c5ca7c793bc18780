import type { BootServiceHandlers } from "../../../proto/services.ts";
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

  return {
    PlanBoot: unary(async ({ ctids }) => {
      demand(...complaints(ctids));
      return { plan: toBootPlan(await boots.plan(only(ctids))) };
    }),

    StartBoot: unary(async ({ request_id, ctids }) => {
      demand(requestId(request_id), ...complaints(ctids));
      const { runs, refused } = await boots.start(request_id, only(ctids));
      // No estimate: what a member waits for is no part of how long starts take.
      return { runs: runs.map((run) => toRun(run, driver.platform, null)), refused: refused.map((plan) => toPlan(plan, null)) };
    }),

    GetBoot: unary(() => ({ runs: boots.last().map((run) => toRun(run, driver.platform, null, "without plan")) })),
  };
}
