import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, detach, dryRun, force, globals, gpuShutdownFlags, leaseFlags, limit } from "./flags.ts";
import { ctids, oneCtid, oneSchedule } from "./positionals.ts";

const container = { kind: "tuple", parameters: [oneCtid] } as const;

const named = { kind: "tuple", parameters: [oneSchedule] } as const;

const schedule = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/gpu-schedule.ts")).scheduleList,
        { flags: globals, aliases },
        { brief: "List the schedules, when they were due last and are due next" },
      ),
      next: command(
        async () => (await import("./commands/gpu-schedule.ts")).scheduleNext,
        { flags: { ...globals, ...limit }, aliases, positional: named },
        { brief: "Say when a schedule is due next" },
      ),
      run: command(
        async () => (await import("./commands/gpu-schedule.ts")).scheduleRun,
        { flags: { ...globals, ...detach }, aliases, positional: named },
        { brief: "Do now what a schedule does when it is due" },
      ),
      pause: command(
        async () => (await import("./commands/gpu-schedule.ts")).schedulePause,
        { flags: globals, aliases, positional: named },
        { brief: "Let a schedule's times pass by, until it is resumed" },
      ),
      resume: command(
        async () => (await import("./commands/gpu-schedule.ts")).scheduleResume,
        { flags: globals, aliases, positional: named },
        { brief: "Let it be due again; what has passed is not made up for" },
      ),
    },
    docs: { brief: "Schedules that stop containers with a GPU: list, next, run, pause, resume" },
  });

/** phoenixctl gpu … */
export const gpu = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/gpu-list.ts")).gpuList,
        { flags: globals, aliases },
        { brief: "List the GPUs, who holds them, and until when" },
      ),
      lease: command(
        async () => (await import("./commands/gpu-lease.ts")).gpuLease,
        { flags: { ...globals, ...leaseFlags }, aliases, positional: container },
        {
          brief: "Keep a container with a GPU from being stopped for a while; again: move the end",
          fullDescription:
            "Nothing automatic stops it until then, and whoever wants it down has to say --force. The lease is yours by your login name.",
        },
      ),
      release: command(
        async () => (await import("./commands/gpu-lease.ts")).gpuRelease,
        { flags: { ...globals, ...force }, aliases, positional: container },
        { brief: "End a lease before its time; somebody else's with --force" },
      ),
      shutdown: command(
        async () => (await import("./commands/gpu-shutdown.ts")).gpuShutdown,
        { flags: { ...globals, ...gpuShutdownFlags, ...force, ...dryRun, ...detach }, aliases, positional: ctids },
        {
          brief: "Stop containers so that their GPU memory is free, and see that it is",
          customUsage: ["CTID...", "--gpu N", "--all --except CTID --only-idle"],
        },
      ),
      schedule: schedule(),
    },
    docs: { brief: "GPUs: list, lease, release, shutdown, schedule" },
  });
