import type { BootOwnership__Output as Ownership, BootPlan__Output as BootPlan } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { explainLines } from "../render/boot-explain.ts";
import { bootRecord, memberRecord } from "../render/boot-json.ts";
import { ownerNotes } from "../render/boot-owner.ts";
import { bootLines, isSerious } from "../render/boot.ts";
import { hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Says what a boot would do. */
export async function bootPlan(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "boot plan", async (host, name) => {
    const { plan, ownership } = await planOf(host);
    await show(session, plan, ownership, name);
    return plan.problems.some(isSerious) ? exit.refused : exit.done;
  });
}

/** Says why a container starts when it does. */
export async function bootExplain(session: Session, _flags: Globals, ctid: number): Promise<number> {
  return withHost(session, forContainer(ctid, `boot explain ${ctid}`), async (host, name) => {
    const { plan } = await planOf(host);
    const member = plan.members.find((each) => each.ctid === ctid);
    if (member === undefined) {
      const error = plan.problems.find((problem) => problem.ctid === ctid);
      throw complaint(
        exit.failed,
        error === undefined ? `${ctid} does not start at boot, and nothing that does needs it.` : `${ctid}: ${error.message}.`,
      );
    }
    if (session.output === "ndjson") session.record({ ...hostRecord(name), ...memberRecord(member) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), ...memberRecord(member) });
    else session.print(explainLines(plan, member, session.look()));
    return member.lost === "" ? exit.done : exit.refused;
  });
}

async function planOf(host: Host): Promise<{ readonly plan: BootPlan; readonly ownership: Ownership | null }> {
  const { plan, ownership } = await ask(host, host.services.boot.PlanBoot, {});
  if (plan === null) throw complaint(exit.failed, "the agent gave no plan.");
  return { plan, ownership };
}

async function show(session: Session, plan: BootPlan, ownership: Ownership | null, name: HostName): Promise<void> {
  if (session.output === "ndjson") for (const member of plan.members) session.record({ ...hostRecord(name), ...memberRecord(member) });
  else if (session.output !== "table") await session.document({ ...hostRecord(name), ...bootRecord(plan, ownership) });
  else if (session.quiet) session.print(plan.problems.filter(isSerious).map(({ ctid, message }) => [span(`${ctid}: ${message}`, "bad")]));
  else
    session.print([...bootLines(plan, name, session.look()), ...(ownership === null ? [] : ownerNotes(ownership, name, session.look()))]);
}
