import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Power, RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { memoryBackSteps } from "./gpu-memory.ts";
import { keptUp, leaseOf } from "./lease.ts";
import { alreadyRunning, kill, preflight, ready, running, shutDown, shutdownTimeout, start } from "./steps.ts";
import { hasGpuAccess, type Subject } from "./subject.ts";

/** What becomes of the container in the end: what the run asked for, or what the manifest says; unless a lease keeps it up. */
export function power(subject: Subject, config: ContainerConfig, asked: Power | "manifest"): Power | "leased" {
  // Who asks for "off" by name is told of the lease by preflight.
  if (asked === "on" || asked === "off") return asked;
  const rule = asked === "manifest" ? config.power : asked;
  return leaseOf(subject) === null || endsRunning(subject, rule) ? rule : "leased";
}

/** Whether the power rule leaves the container running. */
export function endsRunning(subject: Subject, wanted: Power | "leased"): boolean {
  return wanted === "on" || wanted === "leased" || (wanted === "auto" && !hasGpuAccess(subject));
}

/** The last step of orchestrate and reconfigure. */
export function powerStep(subject: Subject, config: ContainerConfig, wanted: Power | "leased"): readonly Step[] {
  const lease = leaseOf(subject);
  if (wanted === "leased" && lease !== null) return [running(keptUp(lease))];
  if (endsRunning(subject, wanted)) return [running(wanted === "on" ? "power on" : "left running")];
  const why = wanted === "off" ? "power off" : `it has GPU access${gpuText(config)}, and would hold the memory`;
  return [{ ...shutDown(config.shutdown_timeout_s, why), id: "power", if_stopped: "commit" }, ...memoryBackSteps(subject)];
}

/** start, stop and restart. */
export function powerSteps(subject: Subject, request: Extract<RunRequest, { kind: "start" | "stop" | "restart" }>): readonly Step[] {
  const { config, container } = subject;
  const timeout = config?.shutdown_timeout_s ?? shutdownTimeout;
  const stop = (detail: string) => ("how" in request && request.how === "kill" ? kill(detail) : shutDown(timeout, detail));
  const up = [start(container?.state === "running" && request.kind === "start" ? alreadyRunning : ""), ready(config)];
  switch (request.kind) {
    case "start":
      return [preflight(""), ...up];
    case "stop":
      if (container?.state === "stopped") return [preflight(""), stop("it is stopped already")];
      return [preflight(""), stop(""), ...memoryBackSteps(subject)];
    case "restart":
      return [preflight(""), stop(""), ...up];
  }
}

function gpuText(config: ContainerConfig): string {
  return config.gpus.length === 0 ? "" : ` (GPU ${config.gpus.join(", ")})`;
}
