import type { BootServiceHandlers } from "../../../proto/services.ts";
import type { Adapter } from "./adapt.ts";
import { toBootPlan } from "./convert-boot.ts";
import type { Parts } from "./parts.ts";
import { ctid, demand } from "./validate.ts";

/** BootService: what starts when the host has booted. */
export function boot({ boots }: Parts, { unary }: Adapter): BootServiceHandlers {
  return {
    PlanBoot: unary(async ({ ctids }) => {
      demand(...ctids.map((each) => ctid(each, "ctids")));
      return { plan: toBootPlan(await boots.plan(ctids.length === 0 ? null : ctids)) };
    }),
  };
}
