import type { GpuChoice } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { placeToUse } from "../fleet/places.ts";
import type { Globals, Session } from "../session.ts";
import { showSharesOf } from "./plan.ts";
import { beginShares, type Wanted } from "./shares.ts";

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

/** Stops containers with a GPU, so that their memory is free. CTIDs may be on several hosts; --all is for those that are named. */
export async function gpuShutdown(session: Session, flags: GpuShutdownFlags, ...given: number[]): Promise<number> {
  const choice = choiceOf(flags, given);
  const options = { only_idle: flags.onlyIdle ?? false, grace_s: flags.grace ?? 0, force: flags.force ?? false };
  const wanted = await wantedBy(session, choice);
  const own = (ctids: readonly number[]): GpuChoice => (choice.containers ? { ...choice, containers: { ctids: [...ctids] } } : choice);
  if (flags.dryRun === true) {
    const planOf = async (host: Host, ctids: readonly number[]) =>
      (await ask(host, host.services.gpu.PlanGpuShutdown, { choice: own(ctids), options })).plans;
    return showSharesOf(session, wanted, planOf);
  }
  const how = { detach: flags.detach ?? false, nothing: "nothing to stop" };
  return beginShares(session, wanted, how, (host, request_id, ctids) =>
    ask(host, host.services.gpu.StartGpuShutdown, { request_id, choice: own(ctids), options }),
  );
}

/** What hosts share in. Throws Complaint when one of their GPUs is meant and there are several hosts. */
async function wantedBy(session: Session, { containers, gpu }: GpuChoice): Promise<Wanted> {
  if (containers) {
    return { of: "containers", ctids: containers.ctids ?? [], doing: (ctids) => `gpu shutdown of ${ctids.join(", ")}` };
  }
  const doing = gpu === undefined ? "gpu shutdown of all containers" : `gpu shutdown of what is on GPU ${gpu}`;
  // The first GPU of one machine is not that of another: so nobody stops more by it than was thought of.
  if (gpu !== undefined) await placeToUse(session, doing);
  return { of: "hosts", ctids: [], doing: () => doing };
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
