import type { Ctid } from "../domain/container.ts";
import type { Plan } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import type { BootMember, BootPlan } from "./boot.ts";
import { delayOf } from "./boot-times.ts";
import { awaitOutsider, health, preflight, ready, start, wait } from "./steps.ts";
import { subjectOf } from "./subject.ts";
import type { World } from "./world.ts";

/** A run that is to be, and the runs of the same request that it waits for. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly after: readonly { readonly ctid: Ctid; readonly need: "success" | "end" }[];
}

/** The runs of a boot: one for each member that can be started, whose waiting for each other is that of the plan. */
export function bootRuns(boot: BootPlan, world: World): readonly PlannedRun[] {
  const able = boot.members.filter(({ lost }) => lost === null);
  return able.map((member) => {
    const edges = boot.edges.filter(({ to }) => to === member.ctid);
    return {
      plan: { ...bare(member), steps: bootSteps(member, world) },
      after: edges.map(({ from, reason }) => ({ ctid: from, need: reason === "dependency" ? "success" : "end" })),
    };
  });
}

/** The members that can't be started, as plans that may not begin. */
export function lostPlans(boot: BootPlan): readonly Plan[] {
  return boot.members.flatMap((member): readonly Plan[] => {
    if (member.lost === null) return [];
    return [
      { ...bare(member), blockers: [{ reason: "DEPENDENCY", ctid: member.ctid, message: member.lost, remedy: "phoenix-agent check" }] },
    ];
  });
}

function bare({ ctid, name, dependencies }: BootMember): Plan {
  return { request: { kind: "start", ctid, boot: true }, name, steps: [], undo: [], blockers: [], warnings: [], after: dependencies };
}

/** What is waited for comes first: the delay begins with the turn, and looking whether it may start takes time of its own. */
function bootSteps(member: BootMember, world: World): readonly Step[] {
  const { config } = subjectOf(member.ctid, world);
  const runs = ({ inventory }: World, id: number) =>
    inventory.machines.get(id) === "running" || inventory.containers.get(id)?.state === "running";
  const absent = member.running ? [] : member.outsiders.filter((id) => !runs(world, id));
  const delay_s = delayOf(member) / 1000;
  return [
    ...absent.map(awaitOutsider),
    ...(delay_s === 0 ? [] : [wait(delay_s)]),
    preflight(""),
    start(member.running ? "it is running already" : ""),
    ready(config),
    ...(config === null ? [] : health(config)),
  ];
}
