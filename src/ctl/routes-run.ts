import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, globals, limit } from "./flags.ts";
import { maybeCtid, oneRun } from "./positionals.ts";

const runArgument = { kind: "tuple", parameters: [oneRun] } as const;

/** phoenixctl run … */
export const run = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/run-list.ts")).runList,
        { flags: { ...globals, ...limit }, aliases, positional: { kind: "tuple", parameters: [maybeCtid] } },
        { brief: "List runs, newest first, of one container or of all" },
      ),
      show: command(
        async () => (await import("./commands/run-show.ts")).runShow,
        { flags: globals, aliases, positional: runArgument },
        { brief: "Show what a run does and what became of it" },
      ),
      watch: command(
        async () => (await import("./commands/run-watch.ts")).runWatch,
        { flags: globals, aliases, positional: runArgument },
        { brief: "Watch a run until it has ended; its exit code becomes yours" },
      ),
      logs: command(
        async () => (await import("./commands/run-logs.ts")).runLogs,
        { flags: globals, aliases, positional: runArgument },
        { brief: "Print all that a run's scripts have printed, until the run has ended" },
      ),
      cancel: command(
        async () => (await import("./commands/run-cancel.ts")).runCancel,
        { flags: globals, aliases, positional: runArgument },
        { brief: "Stop a run at its next safe point and bring the container back" },
      ),
    },
    docs: { brief: "Runs: list, show, watch, logs, cancel" },
  });
