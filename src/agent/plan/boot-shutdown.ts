// Stopping everything is a boot backwards. Pure.
//
// - What runs and is in the manifest is stopped, whether or not it starts at boot; nothing else is touched.
// - A container's turn comes when everything that depends on it, and everything of a higher order, has been stopped. One that
//   can't be stopped holds nobody up once its run has ended.
// - It is asked to shut down, and ended when it has not after its shutdown_timeout_s. boot_delay has no meaning here.
// - What may not be stopped (it is leased, or locked) keeps running, and with it what it depends on.
import type { Ctid } from "../domain/container.ts";
import type { Blocker, Plan } from "../domain/plan.ts";
import { planBoot, waitsOf, type BootMember } from "./boot.ts";
import { levelsOf } from "./boot-order.ts";
import type { PlannedRun } from "./boot-run.ts";
import { needingOf } from "./needs.ts";
import { planRun } from "./plan.ts";
import type { World } from "./world.ts";

/** The runs that stop everything, in the order in which they may begin. With "force" a lease is no reason to leave a container up. */
export function shutdownRuns(world: World, leases: "respect" | "force"): readonly PlannedRun[] {
  const isUp = (ctid: Ctid) => world.inventory.containers.get(ctid)?.state === "running";
  const all = [...world.manifest.containers.values()].filter(({ ctid, boot }) => boot.start || isUp(ctid)).map(({ ctid }) => ctid);
  const up = planBoot(world, all).members.filter(({ ctid }) => isUp(ctid));
  const levels = levelsOf(up);
  const needing = needingOf(up);
  const before = new Map(up.map(({ ctid }): [Ctid, Ctid[]] => [ctid, []]));
  for (const member of up) for (const { on } of waitsOf(member, up)) before.get(on)?.push(member.ctid);
  const members = up.toSorted((a, b) => (levels.get(b.ctid) ?? 0) - (levels.get(a.ctid) ?? 0));
  const plans = new Map(members.map((member) => [member.ctid, stopPlan(member, world, leases)]));
  // Who depends on a container comes before it in this list.
  for (const { ctid } of members) {
    const kept = needing.get(ctid)?.find((other) => (plans.get(other.ctid)?.blockers.length ?? 0) > 0);
    const plan = plans.get(ctid);
    if (kept !== undefined && plan !== undefined) plans.set(ctid, { ...plan, blockers: [...plan.blockers, neededBy(ctid, kept.ctid)] });
  }
  return members.flatMap(({ ctid }): readonly PlannedRun[] => {
    const plan = plans.get(ctid);
    const after = before.get(ctid) ?? [];
    return plan === undefined ? [] : [{ plan: { ...plan, after }, after: after.map((other) => ({ ctid: other, need: "end" })) }];
  });
}

function stopPlan({ ctid }: BootMember, world: World, leases: "respect" | "force"): Plan {
  const force = leases === "force" ? ({ force: true } as const) : {};
  return planRun({ kind: "stop", ctid, how: "graceful", boot: true, ...force }, { ...world, active: new Map() });
}

function neededBy(ctid: Ctid, other: Ctid): Blocker {
  return { reason: "DEPENDENCY", ctid, message: `${other} needs it, and is not stopped`, remedy: `see to ${other} first` };
}
