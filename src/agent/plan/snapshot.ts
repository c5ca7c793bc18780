import type { RunRequest, Plan } from "../domain/plan.ts";
import { settingsAgain } from "./base.ts";
import { attach, configure, deleteSnapshot, preflight, ready, restore, start, takeSnapshot } from "./steps.ts";
import { inTheWay, snapshotOf, type Subject } from "./subject.ts";

/** snapshot, restore and delete. Restoring applies settings and mounts again and starts the container if it runs now. */
export function snapshotSteps(
  subject: Subject,
  request: Extract<RunRequest, { kind: "snapshot" | "restore" | "delete" }>,
): Pick<Plan, "steps" | "undo"> {
  const { config, container } = subject;
  const target = snapshotOf(subject, request.snapshot);
  switch (request.kind) {
    case "snapshot":
      return { steps: [preflight(""), ...takeSnapshot(subject, request.snapshot, request.description, null, "leave")], undo: [] };
    case "delete":
      return { steps: [preflight(""), ...(target === null ? [] : [deleteSnapshot(target, "asked for")])], undo: [] };
    case "restore": {
      if (container === null || target === null) return { steps: [preflight("")], undo: [] };
      const way = inTheWay(subject, request.snapshot).map((newer) =>
        deleteSnapshot(newer, "this storage can only go back to its newest snapshot"),
      );
      const up = container.state === "stopped" ? [] : [start("it ran before"), ready(config)];
      return {
        steps: [
          preflight(""),
          ...way,
          restore(target),
          configure(settingsAgain(container, config), container.settings, "applied again"),
          ...attach(config, container.attachments),
          ...up,
        ],
        undo: [],
      };
    }
  }
}
