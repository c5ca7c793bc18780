import type { Ctid } from "../domain/container.ts";
import type { Blocker, Plan, RunRequest } from "../domain/plan.ts";
import { makeRoom, startsWith } from "./admission.ts";
import { planRun } from "./plan.ts";
import { predict } from "./predict.ts";
import { provisions } from "./preflight.ts";
import { subjectOf } from "./subject.ts";
import type { World } from "./world.ts";

/**
 * The plans of one request for several containers, in the order in which they would be done: dependencies and the sources of
 * clones first, otherwise by CTID. Each is planned in the world that the ones before it will leave. A container that may not
 * begin keeps those from beginning that need it, and nobody else.
 */
export function planBatch(requests: readonly RunRequest[], world: World): readonly Plan[] {
  const plans: Plan[] = [];
  const targets = new Set(requests.map(({ ctid }) => ctid));
  let now = world;
  for (const request of inOrder(requests, world)) {
    const after = needs(request, world).filter((ctid) => requests.some((other) => other.ctid === ctid));
    const held = plans.filter((plan) => plan.blockers.length > 0 && after.includes(plan.request.ctid));
    const room = roomFor(request, now, targets);
    const roomy = room.reduce(predict, now);
    const plan = planRun(request, roomy);
    const blockers = [...plan.blockers, ...held.map((dependency) => dependencyBlocker(request.ctid, dependency))];
    // Nobody is stopped for one that may not begin all the same.
    const stopped = blockers.length === 0 ? room : [];
    plans.push(...stopped, { ...plan, after: [...after, ...stopped.map(({ request: { ctid } }) => ctid)], blockers });
    if (blockers.length === 0) now = predict(roomy, plan);
  }
  return plans;
}

/** The shutdowns that make room for a start on its GPUs, where that is wanted and possible. */
function roomFor(request: RunRequest, world: World, spared: ReadonlySet<Ctid>): readonly Plan[] {
  if (request.make_room !== true) return [];
  const subject = subjectOf(request.ctid, world);
  const gpus = startsWith(subject, request, planRun(request, world).steps);
  const why = `makes room for ${request.ctid} on GPU ${gpus.join(", ")}`;
  const shared = { kind: "gpu-shutdown", leased: "refuse", grace_s: null, why } as const;
  const stop = request.force === true ? ({ ...shared, when: "always", force: true } as const) : ({ ...shared, when: "idle" } as const);
  const plans = makeRoom(subject, gpus, request.force === true ? "whoever" : "idle", spared).map((ctid) =>
    planRun({ ...stop, ctid }, world),
  );
  return plans.some(({ blockers }) => blockers.length > 0) ? [] : plans;
}

/** The containers that have to be done before this one: what it depends on, and what it is cloned from. */
function needs(request: RunRequest, world: World): readonly Ctid[] {
  const config = world.manifest.containers.get(request.ctid);
  if (config === undefined || !provisions(request.kind)) return [];
  const source = config.origin.from === "clone" && request.kind === "orchestrate" ? [config.origin.source] : [];
  return [...new Set([...source, ...config.dependencies])].filter((ctid) => ctid !== request.ctid);
}

function inOrder(requests: readonly RunRequest[], world: World): readonly RunRequest[] {
  const waiting = new Map(requests.toSorted((a, b) => a.ctid - b.ctid).map((request) => [request.ctid, request]));
  const ordered: RunRequest[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].find((request) => needs(request, world).every((ctid) => !waiting.has(ctid)));
    // Cycles are errors of the manifest and never get here; taking the first of one all the same ends the loop.
    const chosen = free ?? [...waiting.values()][0];
    if (chosen === undefined) break;
    waiting.delete(chosen.ctid);
    ordered.push(chosen);
  }
  return ordered;
}

/** That a container can't be done since another one may not begin. */
export function dependencyBlocker(ctid: Ctid, { request, blockers }: Plan): Blocker {
  const why = blockers[0]?.message ?? "";
  return {
    reason: "DEPENDENCY",
    ctid,
    message: `it needs ${request.ctid}, which is refused: ${why}`,
    remedy: `see to ${request.ctid} first`,
  };
}
