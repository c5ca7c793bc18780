import type { RunKind__Output as RunKind } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { readFolder } from "../config/folder.ts";
import { pushTo } from "../config/push.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { begin, orRefused, type Started } from "../follow/begin.ts";
import type { Globals, Session } from "../session.ts";
import { sayPushed } from "./config-push.ts";
import { showPlans } from "./plan.ts";
import { doing, specOf, type SpecFlags } from "./spec.ts";

/** The flags of letsgo, orchestrate and reconfigure. */
export interface ProvisionFlags extends Globals, SpecFlags {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly push?: string;
}

/** A command that begins runs of one kind. */
function provision(kind: RunKind) {
  return async (session: Session, flags: ProvisionFlags, ...ctids: number[]): Promise<number> => {
    const spec = specOf(kind, flags, ctids);
    if (flags.push !== undefined && flags.dryRun)
      throw complaint(exit.usage, "--push changes the host, and --dry-run does not.", [["look", `phoenixctl config diff ${flags.push}`]]);
    if (flags.dryRun) return showPlans(session, spec);
    const config = flags.push === undefined ? null : readFolder(flags.push);
    return withHost(session, doing(spec), async (host, name) => {
      if (config !== null) {
        const pushed = await pushTo(session, host, name, config, {});
        if (pushed.version === null || session.output === "table") {
          const code = await sayPushed(session, name, pushed, config.manifest);
          if (pushed.version === null) return code;
        }
      }
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
