// The host goes down with the agent, at every write and in every call, and comes back with everything stopped.
import { allowed, boundariesOf, survive, type Boundary, type Ended } from "./support/crash.ts";
import { prepare, scenarios } from "./support/scenarios.ts";

// Some have more than a hundred boundaries, and the machine may be busy.

let tried = 0;
beforeAll(prepare);
afterAll(() => process.stderr.write(`the host died at ${tried} boundaries\n`));

/** Runs that leave a container as they find it, running or stopped. */
const indifferent = ["orchestrate, nothing to do", "snapshot", "delete", "autostart"];

/**
 * Before it is written down there is no run, and once its last step is, it is the boot plan that starts the container. What
 * differs from the agent's death is what it finds then, so one boundary of each write and call is enough.
 */
function whereTheHostMayDie(undisturbed: Ended): readonly Boundary[] {
  return boundariesOf(undisturbed).filter((boundary) => {
    if ("call" in boundary) return boundary.when === "during";
    return boundary.when === "after" && boundary.write < undisturbed.writes - 1;
  });
}

test.each(scenarios.filter(({ name }) => !indifferent.includes(name)))("$name: the host goes down", async (scenario) => {
  const undisturbed = await survive(scenario, []);
  const isAllowed = allowed(scenario, undisturbed);
  const boundaries = whereTheHostMayDie(undisturbed);
  for (const boundary of boundaries) {
    const ended = await survive(scenario, [boundary], "host");
    if (!isAllowed(ended)) expect({ boundary, state: ended.state }).toEqual({ boundary, state: undisturbed.state });
  }
  tried += boundaries.length;
});
