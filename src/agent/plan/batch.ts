import type { Ctid } from "../domain/container.ts";
import type { Blocker, Plan, RunRequest } from "../domain/plan.ts";
import { planRun } from "./plan.ts";
import { predict } from "./predict.ts";
import { provisions } from "./preflight.ts";
import type { World } from "./world.ts";

/**
 * The plans of one request for several containers, in the order in which they would be done: dependencies and the sources of
 * clones first, otherwise by CTID. Each is planned in the world that the ones before it will leave. A container that may not
 * begin keeps those from beginning that need it, and nobody else.
 */
export function planBatch(requests: readonly RunRequest[], world: World): readonly Plan[] {
  const plans: Plan[] = [];
  let now = world;
  for (const request of inOrder(requests, world)) {
    const after = needs(request, world).filter((ctid) => requests.some((other) => other.ctid === ctid));
    const held = plans.filter((plan) => plan.blockers.length > 0 && after.includes(plan.request.ctid));
    const plan = planRun(request, now);
    const blockers = [...plan.blockers, ...held.map((dependency) => dependencyBlocker(request.ctid, dependency))];
    plans.push({ ...plan, after, blockers });
    if (blockers.length === 0) now = predict(now, plan);
  }
  return plans;
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

function dependencyBlocker(ctid: Ctid, { request, blockers }: Plan): Blocker {
  const why = blockers[0]?.message ?? "";
  return {
    reason: "DEPENDENCY",
    ctid,
    message: `it needs ${request.ctid}, which is refused: ${why}`,
    remedy: `see to ${request.ctid} first`,
  };
}
