import type { Plan, RunRequest } from "../domain/plan.ts";
import { cloneSteps, cloneWarnings, nameOfClone } from "./clone.ts";
import { gpuShutdownSteps } from "./gpu-shutdown.ts";
import { orchestrateSteps } from "./orchestrate.ts";
import { withoutLeftover } from "./leftover.ts";
import { powerSteps } from "./power.ts";
import { memoryWarnings } from "./admission.ts";
import { blockers, provisions } from "./preflight.ts";
import { featureSteps } from "./provision.ts";
import { renewalSteps } from "./renew.ts";
import { snapshotSteps } from "./snapshot.ts";
import { configure, preflight } from "./steps.ts";
import { preConfigured, snapshotOf, subjectOf, type Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** The plan for one container: every step with its reason, or every reason why not. Pure: the same world gives the same plan. */
export function planRun(request: RunRequest, world: World): Plan {
  const subject = subjectOf(request.ctid, world);
  const planned = steps(subject, request);
  return {
    request,
    name: request.kind === "clone" && subject.container === null ? nameOfClone(request, world) : subject.name,
    ...planned,
    blockers: blockers(subject, request, planned.steps),
    warnings: [...warnings(subject, request), ...memoryWarnings(subject, request, planned.steps)],
    after: [],
  };
}

/** Whether a run of this plan would find nothing to do but look. */
export function nothingToDo(plan: Plan): boolean {
  return plan.blockers.length === 0 && plan.steps.every((step) => step.action.do === "preflight");
}

function steps(subject: Subject, request: RunRequest): Pick<Plan, "steps" | "undo"> {
  const { config, container } = subject;
  const none = { steps: [], undo: [] };
  switch (request.kind) {
    case "orchestrate":
      return config === null ? none : clean(subject, orchestrateSteps(subject, config, request));
    case "reconfigure":
    case "letsgo":
      return config === null || container === null ? none : clean(subject, renewalSteps(subject, config, container, request));
    case "restore":
      return clean(subject, snapshotSteps(subject, request));
    case "snapshot":
    case "delete":
      return snapshotSteps(subject, request);
    case "clone":
      return cloneSteps(subject, request);
    case "start":
    case "stop":
    case "restart":
      return { steps: powerSteps(subject, request), undo: [] };
    case "autostart":
      return { steps: [preflight(""), configure(request.settings, { onboot: "0", ...container?.settings })], undo: [] };
    case "gpu-shutdown":
      return { steps: gpuShutdownSteps(subject, request), undo: [] };
  }
}

function clean(subject: Subject, { steps, undo }: Pick<Plan, "steps" | "undo">): Pick<Plan, "steps" | "undo"> {
  return { steps: withoutLeftover(subject, steps), undo };
}

function warnings(subject: Subject, request: RunRequest): readonly string[] {
  if (request.kind === "clone") return cloneWarnings(subject, request);
  const { config, container, ledger } = subject;
  if (config === null || container === null || !provisions(request.kind)) return [];
  const base = snapshotOf(subject, preConfigured);
  if (base === null) {
    const dirty = "application" in ledger.live || container.state === "running";
    return request.kind === "orchestrate" && dirty ? [`${preConfigured} will be taken of the container as it is now`] : [];
  }
  const due = featureSteps(subject, config, ledger.snapshots[preConfigured] ?? {}, []).map(({ title }) => title);
  const replaced = request.kind === "orchestrate" && request.baseline === "replace";
  const stale =
    due.length === 0 || replaced
      ? []
      : [`${preConfigured} is without ${due.join(", ")} as it is now; phoenixctl orchestrate ${subject.ctid} --rebaseline puts it in`];
  return stale;
}
