import type { RunKind__Output as RunKind } from "../../../proto/types.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { begin, orRefused, type Started } from "../follow/begin.ts";
import type { Globals, Session } from "../session.ts";
import { showPlans } from "./plan.ts";
import { doing, specOf, type SpecFlags } from "./spec.ts";

/** The flags of letsgo, orchestrate and reconfigure. */
export interface ProvisionFlags extends Globals, SpecFlags {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** A command that begins runs of one kind. */
function provision(kind: RunKind) {
  return async (session: Session, flags: ProvisionFlags, ...ctids: number[]): Promise<number> => {
    const spec = specOf(kind, flags, ctids);
    if (flags.dryRun) return showPlans(session, spec);
    return withHost(session, doing(spec), (host, name) => {
      const start = async (request_id: string): Promise<Started> => {
        const { StartRun } = host.services.orchestration;
        const { runs, refused } = await ask(host, StartRun, { request_id, spec, wait: flags.wait ?? false });
        return { runs, refused: refused.map((plan) => ({ kind, ctid: plan.ctid, blockers: plan.blockers })) };
      };
      return begin(session, host, name, flags.detach ? "detach" : "follow", (request_id) => orRefused(kind, start(request_id)));
    });
  };
}

/** Restores, provisions and leaves running. */
export const letsgo = provision("RUN_KIND_LETSGO");

/** Brings containers to what the manifest says. */
export const orchestrate = provision("RUN_KIND_ORCHESTRATE");

/** Restores, provisions and applies the power rule. */
export const reconfigure = provision("RUN_KIND_RECONFIGURE");
