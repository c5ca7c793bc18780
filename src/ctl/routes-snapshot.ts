import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { aliases, deleteNewer, description, detach, force, globals, maybeCtid, oneCtid, oneSnapshot, wait } from "./flags.ts";

const snapshotArguments = { kind: "tuple", parameters: [oneCtid, oneSnapshot] } as const;

/** phoenixctl snapshot … */
export const snapshot = buildRouteMap({
  routes: {
    list: command(
      async () => (await import("./commands/snapshot-list.ts")).snapshotList,
      { flags: globals, aliases, positional: { kind: "tuple", parameters: [maybeCtid] } },
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
  },
  docs: { brief: "Snapshots: list, create, restore, delete" },
});
