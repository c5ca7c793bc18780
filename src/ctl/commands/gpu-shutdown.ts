import type { GpuChoice } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { beginOrNothing } from "../follow/begin.ts";
import { span } from "../render/line.ts";
import { hostLabel } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { sayPlans } from "./plan.ts";

/** The flags of gpu shutdown. */
export interface GpuShutdownFlags extends Globals {
  readonly gpu?: number;
  readonly all?: boolean;
  readonly except?: readonly number[];
  readonly grace?: number;
  readonly onlyIdle?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** Stops containers with a GPU, so that their memory is free. */
export async function gpuShutdown(session: Session, flags: GpuShutdownFlags, ...ctids: number[]): Promise<number> {
  const choice = choiceOf(flags, ctids);
  const options = { only_idle: flags.onlyIdle ?? false, grace_s: flags.grace ?? 0, force: flags.force ?? false };
  return withHost(session, "gpu shutdown", async (host, name) => {
    if (flags.dryRun === true) {
      const { plans } = await ask(host, host.services.gpu.PlanGpuShutdown, { choice, options });
      if (plans.length === 0 && session.output === "table") session.print([[span(`nothing to stop on ${hostLabel(name)}`)]]);
      else return sayPlans(session, name, plans);
      return exit.done;
    }
    return beginOrNothing(
      session,
      host,
      name,
      { afterwards: flags.detach === true ? "detach" : "follow", nothing: "nothing to stop" },
      (request_id) => ask(host, host.services.gpu.StartGpuShutdown, { request_id, choice, options }),
    );
  });
}

function choiceOf({ gpu, all, except }: GpuShutdownFlags, ctids: readonly number[]): GpuChoice {
  const ways = [...(ctids.length > 0 ? ["CTIDs"] : []), ...(gpu === undefined ? [] : ["--gpu"]), ...(all === true ? ["--all"] : [])];
  if (ways.length !== 1) {
    const what = ways.length === 0 ? "Give CTIDs, --gpu N or --all" : `Give one of ${ways.join(", ")}`;
    throw complaint(exit.usage, `shut down which containers? ${what}.`, [["for example", "phoenixctl gpu shutdown --gpu 0"]]);
  }
  const rest = { except: [...(except ?? [])] };
  if (gpu !== undefined) return { ...rest, gpu };
  return all === true ? { ...rest, all } : { ...rest, containers: { ctids: [...new Set(ctids)] } };
}
