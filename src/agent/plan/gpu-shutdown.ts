import type { Ctid } from "../domain/container.ts";
import { isIdle } from "../domain/gpu.ts";
import type { RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { memoryBackSteps } from "./gpu-memory.ts";
import { usesOf } from "./gpu-use.ts";
import { keptUp, leaseOf } from "./lease.ts";
import { preflight, shutDown, shutdownTimeout } from "./steps.ts";
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

type GpuShutdown = Extract<RunRequest, { kind: "gpu-shutdown" }>;

/** Stops a container so that its GPU memory is free; or says why it is left running, and touches nothing. */
export function gpuShutdownSteps(subject: Subject, request: GpuShutdown): readonly Step[] {
  const { ctid, container, config, world } = subject;
  if (container === null || container.state === "stopped") return [preflight("it is stopped already")];
  const lease = leaseOf(subject);
  if (lease !== null && request.leased === "skip") return [preflight(keptUp(lease))];
  if (request.when === "idle" && !isIdle(world.gpu, ctid)) return [preflight(`left running: ${useText(ctid, world)}`)];
  const timeout = request.grace_s ?? config?.shutdown_timeout_s ?? shutdownTimeout;
  return [preflight(""), shutDown(timeout, request.why), ...memoryBackSteps(subject)];
}

/** Why a container does not count as idle. */
export function useText(ctid: Ctid, world: World): string {
  const { seen, idle, idle_after_ms } = world.gpu;
  if (!seen.known) return `nobody knows whether it is in use (${seen.why})`;
  const idle_ms = idle.get(ctid);
  if (idle_ms !== undefined) return `it has been idle for ${minutes(idle_ms)}, and counts as idle from ${minutes(idle_after_ms)} on`;
  const busy = usesOf(ctid, world).map(({ index, utilization_percent }) => `GPU ${index} at ${utilization_percent ?? "?"} %`);
  return busy.length === 0 ? "it was in use when it was looked at last" : `it is in use (${busy.join(", ")})`;
}

/** "22 min". */
export function minutes(ms: number): string {
  return `${Math.floor(ms / 60_000)} min`;
}
