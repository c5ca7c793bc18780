/** The flags of the commands, as stricli wants them. */
import { containers, files, groups, hosts, snapshots } from "./completion/words.ts";
import { auditMark, configVersion, ctid, gpuIndex, hostName, rowNumber, seconds, snapshotName, variable } from "./parse.ts";

const yes = { kind: "boolean", optional: true, withNegated: false } as const;
const outputs = ["table", "json", "ndjson", "yaml"] as const;

export const socket = {
  socket: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "PATH",
    proposeCompletions: files,
    brief: "Socket of an agent on this machine; PHOENIX_SOCKET, or /run/phoenix/agent.sock",
  },
} as const;

const names = { kind: "parsed", parse: hostName, optional: true, variadic: ",", placeholder: "NAME,NAME" } as const;

/** How long hosts are waited for. */
export const hostTimeout = {
  hostTimeout: {
    kind: "parsed",
    parse: seconds,
    optional: true,
    placeholder: "TIME",
    brief: "How long a host may take to answer (10s); a dead one costs no more",
  },
} as const;

/** Which hosts are meant. */
const reach = {
  ...socket,
  host: { ...names, proposeCompletions: hosts, brief: "On these hosts (phoenixctl host list)" },
  group: { ...names, proposeCompletions: groups, brief: "On the hosts of these groups" },
  allHosts: { ...yes, brief: "On all hosts that are known" },
  ...hostTimeout,
} as const;

/** What commands have that ask no host. */
export const local = {
  output: { kind: "enum", values: outputs, default: "table", brief: "How to print: for people, or as records" },
  json: { ...yes, brief: "The same as --output json" },
  quiet: { ...yes, brief: "Print only what failed" },
  noColor: { ...yes, brief: "No colours; the same as a value in NO_COLOR" },
} as const;

/** What commands have that ask hosts. */
export const globals = { ...reach, ...local } as const;

/** Short names of the global flags. */
export const localAliases = { o: "output", q: "quiet" } as const;
export const aliases = { ...localAliases, H: "host", g: "group" } as const;

export const detach = { detach: { ...yes, brief: "Begin, print the run's id, and don't wait for its end" } } as const;
export const wait = { wait: { ...yes, brief: "Queue behind a run that has the container, instead of being refused" } } as const;
export const dryRun = { dryRun: { ...yes, brief: "Print the plan and execute nothing; exit codes as of plan" } } as const;
export const limits = { limits: { ...yes, brief: "Also how long each step may take, and how often it is tried" } } as const;
export const all = { all: { ...yes, brief: "Every container of the manifest" } } as const;
export const rebaseline = { rebaseline: { ...yes, brief: "Replace the snapshot pre-configured by a new one" } } as const;
export const deleteNewer = {
  deleteNewer: { ...yes, brief: "Snapshots newer than the one restored may be deleted, where the storage can only go back to its newest" },
} as const;
export const kill = { kill: { ...yes, brief: "End it at once instead of shutting it down" } } as const;
export const force = { force: { ...yes, brief: "Though it is leased by somebody (phoenixctl ps shows by whom)" } } as const;
export const makeRoom = {
  makeRoom: { ...yes, brief: "Stop what is in the way on its GPUs first, if it is idle and not leased; with --force whatever it is" },
} as const;
export const gpuShutdownFlags = {
  gpu: { kind: "parsed", parse: gpuIndex, optional: true, placeholder: "N", brief: "All containers that run on this GPU" },
  all: { ...yes, brief: "All containers that run and have GPU access" },
  except: {
    kind: "parsed",
    parse: ctid,
    proposeCompletions: containers,
    variadic: true,
    optional: true,
    placeholder: "CTID",
    brief: "But not this one; may be given several times",
  },
  grace: {
    kind: "parsed",
    parse: seconds,
    optional: true,
    placeholder: "TIME",
    brief: "Time to shut down in, instead of the manifest's: 90s, 5m",
  },
  onlyIdle: { ...yes, brief: "Only those that are idle" },
} as const;
export const leaseFlags = {
  for: { kind: "parsed", parse: seconds, placeholder: "TIME", brief: "How long from now on: 45m, 2h, 3d" },
  reason: { kind: "parsed", parse: String, optional: true, placeholder: "TEXT", brief: "What for; whoever wants it down is told" },
} as const;
export const description = {
  description: { kind: "parsed", parse: String, optional: true, placeholder: "TEXT", brief: "A description, one line" },
} as const;
export const onFailure = {
  onFailure: {
    kind: "enum",
    values: ["restore", "keep"],
    optional: true,
    brief: "After a failure: go back to final-form, or leave it as it is",
  },
} as const;
export const power = {
  power: {
    kind: "enum",
    values: ["on", "off", "auto"],
    optional: true,
    brief: "Left running or shut down at the end; auto: shut down if it has GPU access",
  },
} as const;
export const snapshot = {
  snapshot: {
    kind: "parsed",
    parse: snapshotName,
    proposeCompletions: snapshots,
    optional: true,
    placeholder: "NAME",
    brief: "For snapshot, restore and delete: the snapshot",
  },
} as const;
export const size = { size: { ...yes, brief: "Also what would be free without each; may take a while" } } as const;
export const diffFlags = {
  limit: { kind: "parsed", parse: positive, optional: true, placeholder: "N", brief: "Show at most so many (1000)" },
  all: { ...yes, brief: "Show all, however many" },
} as const;
export const cloneFlags = {
  snapshot: {
    kind: "parsed",
    parse: snapshotName,
    proposeCompletions: snapshots,
    optional: true,
    placeholder: "NAME",
    brief: "From this snapshot; else as it is now",
  },
  start: { ...yes, brief: "Start the clone, and wait until it is ready" },
} as const;
export const env = {
  env: {
    kind: "parsed",
    parse: variable,
    variadic: true,
    optional: true,
    placeholder: "NAME=VALUE",
    brief: "A variable for the command; may be given several times",
  },
} as const;
export const timeout = {
  timeout: { kind: "parsed", parse: seconds, optional: true, placeholder: "TIME", brief: "Kill the command after this time: 90, 5m, 2h" },
} as const;
export const limit = {
  limit: { kind: "parsed", parse: positive, optional: true, placeholder: "N", brief: "At most so many (20)" },
} as const;

export const pushFlags = {
  message: { kind: "parsed", parse: String, optional: true, placeholder: "TEXT", brief: "What for, one line; the history shows it" },
  base: {
    kind: "parsed",
    parse: configVersion,
    optional: true,
    placeholder: "VERSION",
    brief: "Only if this is still the newest version (the one that was seen last)",
  },
  force: { ...yes, brief: "Though a container that runs would no longer be in the manifest" },
} as const;
export const push = {
  push: {
    kind: "parsed",
    parse: String,
    proposeCompletions: files,
    optional: true,
    placeholder: "DIR",
    brief: "First put this folder into force (config push)",
  },
} as const;
export const steps = { steps: { ...yes, brief: "With --all: every step of each container" } } as const;

export const eventFlags = {
  level: { kind: "enum", values: ["info", "warn", "error"], default: "info", brief: "Only this level and worse" },
  ctid: {
    kind: "parsed",
    parse: ctid,
    proposeCompletions: containers,
    optional: true,
    placeholder: "CTID",
    brief: "Only those of this container",
  },
  follow: { ...yes, brief: "Go on with what happens from now on, until Ctrl-C" },
} as const;

export const ended = { ended: { ...yes, brief: "Also those that have ended or were revoked, for 90 days" } } as const;
export const distrust = { distrust: { ...yes, brief: "Trust the old one no more; every workstation has to join again" } } as const;
export const auditFlags = {
  who: { kind: "parsed", parse: String, optional: true, placeholder: "NAME", brief: "Only of this name; local is the host's own socket" },
  before: { kind: "parsed", parse: rowNumber, optional: true, placeholder: "NO", brief: "Only those before this number" },
} as const;
export const known = {
  known: { kind: "parsed", parse: auditMark, optional: true, placeholder: "MARK", brief: "What an earlier verification has printed" },
} as const;

export const joinAs = {
  as: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "NAME",
    brief: "The name in the certificate, by which the host knows you (you@this-machine)",
  },
} as const;
export const unset = { unset: { ...yes, brief: "No default: all hosts are meant" } } as const;
export const deleteGroup = { delete: { ...yes, brief: "Take the group away; its hosts stay" } } as const;

function positive(input: string): number {
  if (!/^[1-9]\d{0,3}$/.test(input) || Number(input) > 1000) throw new Error(`${input} is no limit: expected a number from 1 to 1000`);
  return Number(input);
}
