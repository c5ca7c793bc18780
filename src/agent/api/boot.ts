import type { BootServiceHandlers } from "../../../proto/services.ts";
import type { BootStarted } from "../run/boot.ts";
import type { Adapter } from "./adapt.ts";
import { toBootPlan } from "./convert-boot.ts";
import { knownOwner, ownerOf, toApply, toHostBoot, toOwnership } from "./convert-owner.ts";
import { toPlan } from "./convert-plan.ts";
import { toRun } from "./convert-run.ts";
import { Refusal } from "./errors.ts";
import type { Parts } from "./parts.ts";
import { ctid, demand, requestId, type Complaint } from "./validate.ts";

/** BootService: what starts when the host has booted. */
export function boot({ boots, owners, host_boots, driver }: Parts, { unary }: Adapter): BootServiceHandlers {
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
      return { plan: toBootPlan(await boots.plan(only(ctids))), ownership: toOwnership(await owners.view()) };
    }),

    StartBoot: unary(async ({ request_id, ctids }) => {
      demand(requestId(request_id), ...complaints(ctids));
      return answer(await boots.start(request_id, only(ctids)));
    }),

    GetBoot: unary(async () => ({
      runs: boots.last().map((run) => toRun(run, driver.platform, null, "without plan")),
      host_boot: toHostBoot(host_boots),
      // What is known of boots can be asked for when the platform is gone.
      ownership: await owners.view().then(toOwnership, () => null),
    })),

    PlanShutdown: unary(async ({ force }) => ({ plans: (await boots.planShutdown(leases(force))).map((plan) => toPlan(plan, null)) })),

    StartShutdown: unary(async ({ request_id, force }) => {
      demand(requestId(request_id));
      return answer(await boots.shutdown(request_id, leases(force)));
    }),

    PlanBootApply: unary(async ({ owner }) => toApply(await owners.plan(ownerOf(owner)))),

    StartBootApply: unary(async ({ request_id }) => {
      demand(requestId(request_id));
      return answer(await owners.apply(request_id));
    }),

    GetBootOwner: unary(async () => ({ ownership: toOwnership(await owners.view()) })),

    SetBootOwner: unary(async ({ request_id, owner: name }) => {
      const owner = ownerOf(name);
      demand(requestId(request_id), knownOwner(name));
      if (owner === null) throw new Error("unreachable: demand has thrown");
      const changed = await owners.change(request_id, owner);
      if (changed.refused.length > 0) throw new Refusal(changed.refused);
      return { runs: answer(changed).runs };
    }),
  };
}
