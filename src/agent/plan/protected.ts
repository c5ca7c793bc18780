import { isProtected } from "../domain/protection.ts";
import type { Step } from "../domain/step.ts";
import type { Rule } from "./preflight.ts";

/** Whether these steps delete a snapshot of this name, or put another one in its place. */
export function replaces(steps: readonly Step[], name: string): boolean {
  return steps.some(
    ({ action }) =>
      (action.do === "delete-snapshot" && action.name === name) ||
      (action.do === "snapshot" && action.replace === "atomic" && action.name === name),
  );
}

/** What is protected goes by nobody's hand and by no run, be it to make room for its successor. */
export const protectedRule: Rule = ({ ctid, container, world }, _request, steps) => {
  if (container === null) return [];
  const kept = container.snapshots.filter((each) => isProtected(container, each, world.protections) && replaces(steps, each.name));
  return kept.map(({ name }) => {
    const goes = steps.some(({ action }) => action.do === "snapshot" && action.name === name) ? "replaced" : "deleted";
    return {
      reason: "PROTECTED",
      message: `${name} is protected, and would be ${goes}`,
      remedy: `phoenixctl snapshot unprotect ${ctid} ${name}`,
    };
  });
};
