import type { Step } from "../domain/step.ts";
import { deleteSnapshot } from "./steps.ts";
import { insurance, snapshotOf, type Subject } from "./subject.ts";

/**
 * The steps, and among them one that deletes an insurance which an earlier run has left behind: right before the next one is
 * taken, otherwise as soon as there is a snapshot that it may have stood in for.
 */
export function withoutLeftover(subject: Subject, steps: readonly Step[]): readonly Step[] {
  const left = snapshotOf(subject, insurance);
  const at = steps.findIndex(({ action }) => action.do === "snapshot");
  const first = steps[at];
  const isDeleted = steps.slice(0, at).some(({ action }) => action.do === "delete-snapshot" && action.name === insurance);
  if (left === null || first === undefined || isDeleted) return steps;
  const isInTheWay = first.action.do === "snapshot" && first.action.name === insurance;
  const deletion = deleteSnapshot(left, "left behind by a run that failed");
  if (isInTheWay) return steps.toSpliced(at, 0, { ...deletion, if_stopped: first.if_stopped });
  return steps.toSpliced(at + 1, 0, { ...deletion, if_stopped: "commit" });
}
