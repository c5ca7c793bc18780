import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { these } from "./completion/words.ts";
import { aliases, detach, dryRun, force, globals } from "./flags.ts";
import { oneCtid } from "./positionals.ts";

const check = { check: { kind: "boolean", optional: true, withNegated: false, brief: "Only say what differs" } } as const;
const maybeOwner = {
  parse: String,
  proposeCompletions: these("proxmox", "agent"),
  optional: true,
  placeholder: "OWNER",
  brief: "proxmox or agent; without it, who it is",
} as const;
const only = { only: { ...oneCtid, kind: "parsed", optional: true, brief: "Only this container, and what it needs" } } as const;

/** phoenixctl boot … */
export const boot = () =>
  buildRouteMap({
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
      apply: command(
        async () => (await import("./commands/boot-owner.ts")).bootApply,
        { flags: { ...globals, ...check, ...dryRun, ...detach }, aliases },
        {
          brief: "Set onboot and startup of containers on Proxmox as their owner of boots needs them",
          fullDescription: "What is set is shown first. With --check, exit code 6 when something differs; with --dry-run, 7.",
        },
      ),
      owner: command(
        async () => (await import("./commands/boot-owner.ts")).bootOwner,
        { flags: { ...globals, ...dryRun, ...detach }, aliases, positional: { kind: "tuple", parameters: [maybeOwner] } },
        {
          brief: "Say who starts containers when the host has booted, or make it proxmox or the agent",
          fullDescription: "With proxmox or agent, onboot and startup of all containers are set for it, or of none.",
        },
      ),
      run: command(
        async () => (await import("./commands/boot-run.ts")).bootRun,
        { flags: { ...globals, ...only, ...detach }, aliases },
        { brief: "Start now what does not run, as the plan says, and wait until it is healthy" },
      ),
      shutdown: command(
        async () => (await import("./commands/boot-run.ts")).bootShutdown,
        { flags: { ...globals, ...force, ...dryRun, ...detach }, aliases },
        {
          brief: "Stop every container of the manifest that runs, in the reverse order of a boot",
          fullDescription: "Each is asked to shut down, and ended when it has not after its shutdown_timeout_s.",
        },
      ),
      status: command(
        async () => (await import("./commands/boot-run.ts")).bootStatus,
        { flags: globals, aliases },
        { brief: "Show what became of the newest boot" },
      ),
    },
    docs: { brief: "What starts when the host has booted: plan, explain, apply, owner, run, shutdown, status" },
  });
