import type { Ctid } from "../domain/container.ts";
import type { RunId } from "../domain/run.ts";
import type { Action } from "../domain/step.ts";
import type { Driver } from "../driver/driver.ts";

/**
 * Whether an action has been done though the platform reported a failure. Asked for snapshots alone: what they are taken for
 * to be decides what the ledger believes of them, and they tell who took them.
 */
export async function isDoneAfterAll(driver: Driver, ctid: Ctid, run: RunId, action: Action): Promise<boolean> {
  if (action.do !== "snapshot" && action.do !== "delete-snapshot") return false;
  const container = await driver.observe().then(
    ({ containers }) => containers.get(ctid) ?? null,
    () => null,
  );
  if (container === null) return false;
  const there = container.snapshots.find(({ name }) => name === action.name);
  return action.do === "snapshot" ? there?.run === run : there === undefined;
}

/**
 * What the ledger is told when an action has failed and may be half done, so that it never believes in more than there is:
 * a script has left something that is not what any script leaves, a restore may have gone back.
 */
export function halfDone(action: Action): Action | null {
  switch (action.do) {
    case "feature":
      return { ...action, blob: "half done" };
    case "application":
      return { ...action, hash: "half done" };
    case "restore":
      return action;
    default:
      return null;
  }
}
