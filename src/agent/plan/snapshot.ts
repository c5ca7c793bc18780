import type { Container, Snapshot } from "../domain/container.ts";
import type { RunRequest, Plan } from "../domain/plan.ts";
import type { Step } from "../domain/step.ts";
import { settingsAgain } from "./base.ts";
import {
  attach,
  configure,
  deleteSnapshot,
  ifStopped,
  insure,
  preflight,
  ready,
  restore,
  restoreInsured,
  retag,
  start,
  takeSnapshot,
  uninsure,
} from "./steps.ts";
import { insurance, inTheWay, snapshotOf, type Subject } from "./subject.ts";

/** snapshot, restore and delete. */
export function snapshotSteps(
  subject: Subject,
  request: Extract<RunRequest, { kind: "snapshot" | "restore" | "delete" }>,
): Pick<Plan, "steps" | "undo"> {
  const { container } = subject;
  const target = snapshotOf(subject, request.snapshot);
  switch (request.kind) {
    case "snapshot":
      return { steps: [preflight(""), ...takeSnapshot(subject, request.snapshot, request.description, null, "leave")], undo: [] };
    case "delete":
      return { steps: [preflight(""), ...(target === null ? [] : [deleteSnapshot(target, "asked for")])], undo: [] };
    case "restore":
      return container === null || target === null ? { steps: [preflight("")], undo: [] } : restoreSteps(subject, container, target);
  }
}

/**
 * Goes back, with settings and mounts applied again, and starts the container if it runs now. What is there now is kept until that
 * is done, where the storage can go back to it; if it can't be done, the container is as it was before.
 */
function restoreSteps(subject: Subject, container: Container, target: Snapshot): Pick<Plan, "steps" | "undo"> {
  const { config } = subject;
  const way = inTheWay(subject, target.name).map((newer) => deleteSnapshot(newer, "this storage can only go back to its newest snapshot"));
  const up = container.state === "stopped" ? [] : [start("it ran before")];
  const back = [
    restore(target),
    configure(settingsAgain(container, config), container.settings, "applied again"),
    ...attach(config, container.attachments),
    ...up,
  ];
  const isReady = up.length === 0 ? [] : [ready(config)];
  if (container.snapshot_support.can !== "any" || target.name === insurance)
    return { steps: [preflight(""), ...way, ...back, ...isReady], undo: [] };
  return {
    steps: [
      preflight(""),
      insure(`until ${target.name} is restored`),
      ...ifStopped("undo", back),
      ...ifStopped("commit", [uninsure(`${target.name} is restored`), ...isReady]),
    ],
    undo: asBefore(container),
  };
}

function asBefore(container: Container): readonly Step[] {
  const up = container.state === "stopped" ? [] : [start("it ran before")];
  const settings = configure(settingsAgain(container, null), container.settings, "as they were before the run");
  return retag("undo", "leave", [restoreInsured(), settings, ...attach(null, container.attachments), ...up, uninsure("no longer needed")]);
}
