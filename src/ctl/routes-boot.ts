import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, globals, oneCtid } from "./flags.ts";

/** phoenixctl boot … */
export const boot = buildRouteMap({
  routes: {
    plan: command(
      async () => (await import("./commands/boot-plan.ts")).bootPlan,
      { flags: globals, aliases },
      {
        brief: "Show what starts when the host has booted, in which order, and how long that takes",
        fullDescription: "Exit code 0: everything can be started. 6: something can't; every reason is printed.",
      },
    ),
    explain: command(
      async () => (await import("./commands/boot-plan.ts")).bootExplain,
      { flags: globals, aliases, positional: { kind: "tuple", parameters: [oneCtid] } },
      { brief: "Say why a container starts when it does" },
    ),
  },
  docs: { brief: "What starts when the host has booted: plan, explain" },
});
