import type { RunKind__Output as RunKind } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { readFolder, type LocalConfig } from "../config/folder.ts";
import { pushTo } from "../config/push.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { orRefused, type Started } from "../follow/begin.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { sayPushed } from "./config-push.ts";
import { showPlans } from "./plan.ts";
import { beginShares } from "./shares.ts";
import { specOf, wantedBy, type SpecFlags } from "./spec.ts";

/** The flags of letsgo, orchestrate and reconfigure. */
export interface ProvisionFlags extends Globals, SpecFlags {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly push?: string;
}

/** Pushes a folder. Gives an exit code when that ends the command, null when it may go on. */
async function push(session: Session, host: Host, name: HostName, config: LocalConfig): Promise<number | null> {
  const pushed = await pushTo(session, host, name, config, {});
  if (pushed.version !== null && session.output !== "table") return null;
  const code = await sayPushed(session, name, pushed, config.manifest);
  return pushed.version === null ? code : null;
}

/** A command that begins runs of one kind. */
function provision(kind: RunKind) {
  return async (session: Session, flags: ProvisionFlags, ...ctids: number[]): Promise<number> => {
    const spec = specOf(kind, flags, ctids);
    if (flags.push !== undefined && flags.dryRun)
      throw complaint(exit.usage, "--push changes the host, and --dry-run does not.", [["look", `phoenixctl config diff ${flags.push}`]]);
    if (flags.dryRun) return showPlans(session, spec);
    const config = flags.push === undefined ? null : readFolder(flags.push);
    const how = {
      detach: flags.detach ?? false,
      first: config === null ? null : { flag: "--push", work: (host: Host, name: HostName) => push(session, host, name, config) },
    };
    return beginShares(session, wantedBy(spec), how, (host, request_id, ctids) => {
      const start = async (): Promise<Started> => {
        const { StartRun } = host.services.orchestration;
        const { runs, refused } = await ask(host, StartRun, {
          request_id,
          spec: { ...spec, ctids: [...ctids] },
          wait: flags.wait ?? false,
        });
        return { runs, refused: refused.map((plan) => ({ kind, ctid: plan.ctid, blockers: plan.blockers })) };
      };
      return orRefused(kind, start());
    });
  };
}

/** Restores, provisions and leaves running. */
export const letsgo = provision("RUN_KIND_LETSGO");

/** Brings containers to what the manifest says. */
export const orchestrate = provision("RUN_KIND_ORCHESTRATE");

/** Restores, provisions and applies the power rule. */
export const reconfigure = provision("RUN_KIND_RECONFIGURE");
