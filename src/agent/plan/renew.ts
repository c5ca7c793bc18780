import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Container } from "../domain/container.ts";
import type { OnFailure, Plan, RunRequest } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { backToBase } from "./base.ts";
import { power, powerStep } from "./power.ts";
import { applicationSteps } from "./provision.ts";
import { deleteSnapshot, ifStopped, preflight, retag, running, takeSnapshot } from "./steps.ts";
import { finalForm, hasGpuAccess, inTheWay, preConfigured, snapshotOf, type Subject } from "./subject.ts";
import { undoSteps } from "./undo.ts";
import { ofTime } from "./words.ts";

type Renewal = Extract<RunRequest, { kind: "letsgo" | "reconfigure" }>;

/** letsgo and reconfigure: back to pre-configured, provisioned again, a new final-form. They differ in how they leave the container. */
export function renewalSteps(
  subject: Subject,
  config: ContainerConfig,
  container: Container,
  request: Renewal,
): Pick<Plan, "steps" | "undo"> {
  const base = snapshotOf(subject, preConfigured);
  if (base === null) return { steps: [preflight("")], undo: [] };
  const old = snapshotOf(subject, finalForm);
  const gone = inTheWay(subject, preConfigured);
  const lost = gone.some(({ name }) => name === finalForm);
  const undo = undoSteps(subject, onFailureOf(config, request.on_failure), lost ? "deleted first" : "kept");
  const back = undo.length > 0 ? "undo" : "leave";

  const clean = backToBase(base, config, container);
  const provision = applicationSteps(subject, config, retag("again", back, clean));
  const steps = [
    preflight(`restore point ${preConfigured} ${ofTime(base)}`.trimEnd()),
    ...gone.map((snapshot) =>
      deleteSnapshot(snapshot, `this storage can only go back to its newest snapshot, and ${preConfigured} is older`),
    ),
    ...ifStopped(back, [...clean, ...provision]),
    ...takeSnapshot(subject, finalForm, `after ${request.kind}`, lost ? null : old, back),
    ...ending(subject, config, request),
  ];
  return { steps, undo };
}

function ending(subject: Subject, config: ContainerConfig, request: Renewal): readonly Step[] {
  if (request.kind === "reconfigure") return powerStep(subject, config, power(subject, config, request.power));
  return [running(hasGpuAccess(subject) ? "left running, though it holds a GPU" : "left running")];
}

export function onFailureOf(config: ContainerConfig, asked: OnFailure | "manifest"): OnFailure {
  return asked === "manifest" ? config.on_failure : asked;
}
