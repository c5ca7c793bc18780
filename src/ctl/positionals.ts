/** The arguments of the commands that are no flags, as stricli wants them. */
import {
  containers,
  containerThenCommand,
  groupThenHosts,
  hosts,
  hostsAndGroups,
  kindThenContainers,
  runs,
  snapshots,
  these,
} from "./completion/words.ts";
import { shells } from "./completion/scripts.ts";
import { ctid, hostName, runId, scheduleName, shell, snapshotName } from "./parse.ts";

/** One or more containers. */
export const ctids = {
  kind: "array",
  parameter: { parse: ctid, proposeCompletions: containers, placeholder: "CTID", brief: "Containers" },
} as const;

/** One or more containers, and at least one. */
export const someCtids = { ...ctids, minimum: 1 } as const;
export const oneCtid = { parse: ctid, proposeCompletions: containers, placeholder: "CTID", brief: "Container" } as const;
export const maybeCtid = { ...oneCtid, optional: true } as const;
export const oneRun = { parse: runId, proposeCompletions: runs, placeholder: "RUN", brief: "Id of a run, or a part of it" } as const;
export const newHost = { parse: hostName, placeholder: "NAME", brief: "Name of a host" } as const;
export const oneHost = { ...newHost, proposeCompletions: hosts } as const;
export const maybeHost = { ...newHost, proposeCompletions: hostsAndGroups, optional: true, brief: "Name of a host or group" } as const;
export const maybeToken = {
  parse: String,
  optional: true,
  placeholder: "TOKEN",
  brief: "What phoenix-agent token create has printed",
} as const;
export const hostNames = {
  kind: "array",
  parameter: { ...newHost, proposeCompletions: groupThenHosts, brief: "Name of a group, then its hosts" },
} as const;
export const newCtid = { parse: ctid, placeholder: "NEWID", brief: "Number of the new container" } as const;
export const oneSchedule = { parse: scheduleName, placeholder: "NAME", brief: "Name of the schedule" } as const;
export const oneSnapshot = {
  parse: snapshotName,
  proposeCompletions: snapshots,
  placeholder: "NAME",
  brief: "Name of the snapshot",
} as const;
export const maybeSnapshot = {
  parse: snapshotName,
  proposeCompletions: snapshots,
  placeholder: "NAME",
  brief: "Another one; else what is there now",
  optional: true,
} as const;

/** What a plan can be of. */
export const planKinds = ["orchestrate", "reconfigure", "letsgo", "snapshot", "restore", "delete", "start", "stop", "restart"] as const;
export const planned = {
  kind: "array",
  parameter: {
    parse: String,
    proposeCompletions: kindThenContainers(planKinds),
    placeholder: "KIND CTID",
    brief: "What, and to which containers",
  },
} as const;
export const executed = {
  kind: "array",
  minimum: 2,
  parameter: {
    parse: String,
    proposeCompletions: containerThenCommand,
    placeholder: "CTID -- CMD",
    brief: "Container, and the command with its arguments",
  },
} as const;
export const oneShell = { parse: shell, proposeCompletions: these(...shells), placeholder: "SHELL", brief: "bash, zsh or fish" } as const;
