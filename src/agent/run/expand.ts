import { Fault } from "../domain/errors.ts";
import type { RunRecord } from "../domain/journal.ts";
import type { Plan, RunRequest } from "../domain/plan.ts";
import { planBatch } from "../plan/batch.ts";
import { predict } from "../plan/predict.ts";
import type { World } from "../plan/world.ts";
import type { Targets, Wish } from "./orchestrator.ts";

/** The plans of a wish. With "queue" they are made for the world that the runs which have a container now will leave. */
export function plansOf(
  wish: Wish,
  targets: Targets,
  world: World,
  active: readonly RunRecord[],
  busy: "refuse" | "queue",
): readonly Plan[] {
  const requests = requestsOf(wish, targets, world);
  if (busy === "refuse") return planBatch(requests, { ...world, active: new Map(active.map(({ id, plan }) => [plan.request.ctid, id])) });
  const later = active.reduce((now, { plan }) => predict(now, plan), world);
  return planBatch(requests, { ...later, active: new Map() });
}

function requestsOf(wish: Wish, targets: Targets, world: World): readonly RunRequest[] {
  if (targets !== "all") return [...new Set(targets)].map((ctid) => ({ ...wish, ctid }));
  const { containers, broken, problems } = world.manifest;
  const all = [...containers.keys(), ...broken.keys()];
  if (all.length > 0) return all.map((ctid) => ({ ...wish, ctid }));
  const why = problems.find(({ severity }) => severity === "error")?.message ?? "it has no containers";
  throw new Fault("MANIFEST", `nothing can be done for all containers of ${world.manifest.file}: ${why}`, "phoenix-agent check");
}
