import type { Ctid } from "../domain/container.ts";
import type { Plan } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { waitsOf, type BootMember, type BootPlan } from "./boot.ts";
import { memoryBlockers } from "./admission.ts";
import { dependencyBlocker } from "./batch.ts";
import { delayOf } from "./boot-play.ts";
import { alreadyRunning, awaitOutsider, health, preflight, ready, start, wait } from "./steps.ts";
import { predict } from "./predict.ts";
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
  const byCtid = able.toSorted((a, b) => a.ctid - b.ctid);
  const planned: PlannedRun[] = [];
  // Each is planned in the world that those before it will leave: they share the memory of GPUs.
  let now = world;
  for (const member of able) {
    const after = waitsOf(member, byCtid).map(({ on, reason }) => ({
      ctid: on,
      need: reason === "dependency" ? ("success" as const) : ("end" as const),
    }));
    const plan = { ...bare(member), steps: bootSteps(member, world) };
    const held = planned.find((other) => member.dependencies.includes(other.plan.request.ctid) && other.plan.blockers.length > 0);
    const blockers = [
      ...memoryBlockers(subjectOf(member.ctid, now), plan.request, plan.steps).map((found) => ({ ...found, ctid: member.ctid })),
      ...(held === undefined ? [] : [dependencyBlocker(member.ctid, held.plan)]),
    ];
    planned.push({ plan: { ...plan, blockers }, after });
    if (blockers.length === 0) now = predict(now, plan);
  }
  return planned;
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
    start(member.running ? alreadyRunning : ""),
    ready(config),
    ...(config === null ? [] : health(config)),
  ];
}
