import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, deleteNewer, description, detach, diffFlags, force, globals, size, wait } from "./flags.ts";
import { maybeCtid, maybeSnapshot, oneCtid, oneSchedule, oneSnapshot } from "./positionals.ts";

const snapshotArguments = { kind: "tuple", parameters: [oneCtid, oneSnapshot] } as const;

const schedule = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/snapshot-schedule.ts")).snapshotScheduleList,
        { flags: globals, aliases },
        { brief: "List the schedules, what they keep, when they were due last and are due next" },
      ),
      run: command(
        async () => (await import("./commands/snapshot-schedule.ts")).snapshotScheduleRun,
        { flags: { ...globals, ...detach }, aliases, positional: { kind: "tuple", parameters: [oneSchedule] } },
        { brief: "Do now what a schedule does when it is due" },
      ),
    },
    docs: { brief: "Schedules that take snapshots: list, run" },
  });

/** phoenixctl snapshot … */
export const snapshot = () =>
  buildRouteMap({
    routes: {
      list: command(
        async () => (await import("./commands/snapshot-list.ts")).snapshotList,
        { flags: { ...globals, ...size }, aliases, positional: { kind: "tuple", parameters: [maybeCtid] } },
        { brief: "List snapshots, of one container or of all" },
      ),
      create: command(
        async () => (await import("./commands/snapshot-change.ts")).snapshotCreate,
        { flags: { ...globals, ...description, ...wait, ...detach }, aliases, positional: snapshotArguments },
        { brief: "Take a snapshot" },
      ),
      restore: command(
        async () => (await import("./commands/snapshot-change.ts")).snapshotRestore,
        { flags: { ...globals, ...deleteNewer, ...force, ...wait, ...detach }, aliases, positional: snapshotArguments },
        { brief: "Go back to a snapshot; data volumes and bind mounts are left alone" },
      ),
      delete: command(
        async () => (await import("./commands/snapshot-change.ts")).snapshotDelete,
        { flags: { ...globals, ...wait, ...detach }, aliases, positional: snapshotArguments },
        { brief: "Delete a snapshot" },
      ),
      diff: command(
        async () => (await import("./commands/snapshot-diff.ts")).snapshotDiff,
        {
          flags: { ...globals, ...diffFlags },
          aliases,
          positional: { kind: "tuple", parameters: [oneCtid, oneSnapshot, maybeSnapshot] },
        },
        {
          brief: "Say which files differ between a snapshot and another one, or what is there now",
          fullDescription:
            "Asks the storage itself, and reads nothing that is the same in both: btrfs and ZFS can tell. Data volumes and bind mounts are not looked at.",
        },
      ),
      protect: command(
        async () => (await import("./commands/snapshot-protect.ts")).snapshotProtect,
        { flags: globals, aliases, positional: snapshotArguments },
        { brief: "Keep a snapshot from being deleted or replaced, by anybody and any run" },
      ),
      unprotect: command(
        async () => (await import("./commands/snapshot-protect.ts")).snapshotUnprotect,
        { flags: globals, aliases, positional: snapshotArguments },
        { brief: "Let a protected snapshot go again" },
      ),
      schedule: schedule(),
    },
    docs: { brief: "Snapshots: list, create, restore, delete, diff, protect, schedule" },
  });
