// The heart of it: the agent is killed at every boundary of every kind of run, and lives again. Nothing may be different from
// what it would have been otherwise.
import { allowed, boundariesOf, survive } from "./support/crash.ts";
import { prepare, scenarios } from "./support/scenarios.ts";

// Some have more than a hundred boundaries, and the machine may be busy.

let tried = 0;
beforeAll(prepare);
afterAll(() => process.stderr.write(`the agent died at ${tried} boundaries\n`));

test.each(scenarios)("$name: the agent dies", async (scenario) => {
  const undisturbed = await survive(scenario, []);
  const isAllowed = allowed(scenario, undisturbed);
  const boundaries = boundariesOf(undisturbed);
  for (const boundary of boundaries) {
    const ended = await survive(scenario, [boundary]);
    if (!isAllowed(ended)) expect({ boundary, state: ended.state }).toEqual({ boundary, state: undisturbed.state });
  }
  tried += boundaries.length;
});
