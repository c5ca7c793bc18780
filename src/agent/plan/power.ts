import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Power, RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { kill, preflight, ready, running, shutDown, start } from "./steps.ts";
import { hasGpuAccess, type Subject } from "./subject.ts";

/** Seconds that a container without a manifest entry gets to shut down. */
const shutdownTimeout = 60;

/** What a run asked for, or what the manifest says. */
export function power(config: ContainerConfig, asked: Power | "manifest"): Power {
  return asked === "manifest" ? config.power : asked;
}

/** Whether the power rule leaves the container running. */
export function endsRunning(subject: Subject, wanted: Power): boolean {
  return wanted === "on" || (wanted === "auto" && !hasGpuAccess(subject));
}

/** The last step of orchestrate and reconfigure. */
export function powerStep(subject: Subject, config: ContainerConfig, wanted: Power): readonly Step[] {
  if (endsRunning(subject, wanted)) return [running(wanted === "on" ? "power on" : "left running")];
  const why = wanted === "off" ? "power off" : `it has GPU access${gpuText(config)}, and would hold the memory`;
  return [{ ...shutDown(config.shutdown_timeout_s, why), id: "power", if_stopped: "commit" }];
}

/** start, stop and restart. */
export function powerSteps(subject: Subject, request: Extract<RunRequest, { kind: "start" | "stop" | "restart" }>): readonly Step[] {
  const { config, container } = subject;
  const timeout = config?.shutdown_timeout_s ?? shutdownTimeout;
  const stop = (detail: string) => ("how" in request && request.how === "kill" ? kill(detail) : shutDown(timeout, detail));
  const up = [start(container?.state === "running" && request.kind === "start" ? "it is running already" : ""), ready(config)];
  switch (request.kind) {
    case "start":
      return [preflight(""), ...up];
    case "stop":
      return [preflight(""), stop(container?.state === "stopped" ? "it is stopped already" : "")];
    case "restart":
      return [preflight(""), stop(""), ...up];
  }
}

function gpuText(config: ContainerConfig): string {
  return config.gpus.length === 0 ? "" : ` (GPU ${config.gpus.join(", ")})`;
}
