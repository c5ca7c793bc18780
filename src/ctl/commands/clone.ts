import { ask } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { begin, orRefused, type Started } from "../follow/begin.ts";
import type { Globals, Session } from "../session.ts";
import { sayPlans } from "./plan.ts";
import { specOf } from "./spec.ts";

/** The flags of clone. */
export interface CloneFlags extends Globals {
  readonly snapshot?: string;
  readonly start?: boolean;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

const kind = "RUN_KIND_CLONE";

/** Makes a new container from another one. */
export async function clone(session: Session, flags: CloneFlags, source: number, ctid: number): Promise<number> {
  const { snapshot = "", start = false } = flags;
  const spec = specOf(kind, { snapshot, source, start }, [ctid]);
  return withHost(session, forContainer(source, `clone of ${source}`), async (host, name) => {
    if (flags.dryRun) {
      const { plans } = await ask(host, host.services.orchestration.PlanRun, { spec });
      return sayPlans(session, name, plans);
    }
    const call = async (request_id: string): Promise<Started> => {
      const { StartRun } = host.services.orchestration;
      const { runs, refused } = await ask(host, StartRun, { request_id, spec, wait: flags.wait ?? false });
      return { runs, refused: refused.map((plan) => ({ kind, ctid: plan.ctid, blockers: plan.blockers })) };
    };
    return begin(session, host, name, flags.detach ? "detach" : "follow", (request_id) => orRefused(kind, call(request_id)));
  });
}
