/** What can be said on the command line. Each command is loaded when it is called. */
import { buildRouteMap } from "@stricli/core";
import { command, type Context } from "./command.ts";
import * as flags from "./flags.ts";
import * as positionals from "./positionals.ts";
import { overview } from "./overview.ts";
import { boot } from "./routes-boot.ts";
import { config } from "./routes-config.ts";
import { gpu } from "./routes-gpu.ts";
import { host } from "./routes-host.ts";
import { run } from "./routes-run.ts";
import { snapshot } from "./routes-snapshot.ts";
import { audit, trust } from "./routes-trust.ts";

const { globals, aliases } = flags;
const provisioning = {
  ...globals,
  ...flags.push,
  ...flags.onFailure,
  ...flags.wait,
  ...flags.dryRun,
  ...flags.detach,
  ...flags.force,
  ...flags.makeRoom,
};
const { all, power, rebaseline, deleteNewer, kill, force, wait, detach, description } = flags;

const letsgo = () =>
  command(
    async () => (await import("./commands/provision.ts")).letsgo,
    { flags: { ...provisioning, ...deleteNewer }, aliases, positional: positionals.ctids },
    {
      brief: "Restore pre-configured, provision again, and leave it running",
      fullDescription:
        "Restores the snapshot pre-configured, provisions again, takes the snapshot final-form, and leaves the container running. Data volumes and bind mounts are left alone. If it fails, the container goes back to its last final-form.",
    },
  );

const orchestrate = () =>
  command(
    async () => (await import("./commands/provision.ts")).orchestrate,
    { flags: { ...provisioning, ...all, ...power, ...rebaseline }, aliases, positional: positionals.ctids },
    { brief: "Bring containers to what the manifest says, creating what is missing" },
  );

const reconfigure = () =>
  command(
    async () => (await import("./commands/provision.ts")).reconfigure,
    { flags: { ...provisioning, ...power, ...deleteNewer }, aliases, positional: positionals.ctids },
    { brief: "Restore pre-configured and provision again; GPU containers are shut down at the end" },
  );

const plan = () =>
  command(
    async () => (await import("./commands/plan.ts")).plan,
    {
      flags: {
        ...globals,
        ...all,
        ...flags.onFailure,
        ...power,
        ...rebaseline,
        ...deleteNewer,
        ...flags.snapshot,
        ...description,
        ...kill,
        ...force,
        ...flags.makeRoom,
        ...flags.limits,
        ...flags.steps,
      },
      aliases,
      positional: positionals.planned,
    },
    {
      brief: "Say what a run would do, step for step, and execute nothing",
      customUsage: ["KIND CTID...", "orchestrate --all"],
      fullDescription: [
        `KIND is ${positionals.planKinds.slice(0, -1).join(", ")} or ${positionals.planKinds.at(-1)}.`,
        "Exit code 0: nothing to do. 7: there is. 6: a container may not begin; every reason is printed.",
      ].join("\n"),
    },
  );

const ps = () => command(async () => (await import("./commands/ps.ts")).ps, { flags: globals, aliases }, { brief: "List the containers" });

const show = () =>
  command(
    async () => (await import("./commands/show.ts")).show,
    { flags: globals, aliases, positional: { kind: "tuple", parameters: [positionals.oneCtid] } },
    { brief: "Show one container: settings, mounts, snapshots, features" },
  );

const start = () =>
  command(
    async () => (await import("./commands/power.ts")).start,
    { flags: { ...globals, ...wait, ...detach, ...flags.makeRoom, ...force }, aliases, positional: positionals.someCtids },
    { brief: "Start containers and wait until they are ready" },
  );

const stop = () =>
  command(
    async () => (await import("./commands/power.ts")).stop,
    { flags: { ...globals, ...kill, ...force, ...wait, ...detach }, aliases, positional: positionals.someCtids },
    { brief: "Shut containers down" },
  );

const restart = () =>
  command(
    async () => (await import("./commands/power.ts")).restart,
    { flags: { ...globals, ...kill, ...force, ...wait, ...detach }, aliases, positional: positionals.someCtids },
    { brief: "Stop and start containers" },
  );

const exec = () =>
  command(
    async () => (await import("./commands/exec.ts")).exec,
    {
      flags: { ...globals, ...flags.env, ...flags.timeout },
      aliases,
      positional: positionals.executed,
    },
    {
      brief: "Run a command inside a container and end with its exit code",
      customUsage: ["CTID -- CMD [ARGUMENT...]"],
      fullDescription:
        "Standard input is passed on unless it is a terminal. Nothing goes through a shell; for one say: phoenixctl exec 950 -- sh -c 'ls | wc -l'",
    },
  );

const events = () =>
  command(
    async () => (await import("./commands/events.ts")).events,
    { flags: { ...globals, ...flags.limit, ...flags.eventFlags }, aliases, positional: { kind: "tuple", parameters: [] } },
    {
      brief: "List what happened on the host, the newest last; --follow goes on",
      fullDescription:
        "The beginnings and ends of runs, and whatever the agent has to say besides. What happened inside a run: phoenixctl run show.",
    },
  );

const clone = () =>
  command(
    async () => (await import("./commands/clone.ts")).clone,
    {
      flags: { ...globals, ...flags.cloneFlags, ...wait, ...flags.dryRun, ...detach },
      aliases,
      positional: { kind: "tuple", parameters: [positionals.oneCtid, positionals.newCtid] },
    },
    {
      brief: "Make a new container from another one, to try things with",
      fullDescription:
        "The clone gets a hardware address of its own, and an address by DHCP in place of a static one; it does not start with the host, has no GPU, and is without the data volumes and bind mounts. If it can't be had, nothing of it is left.",
    },
  );

const completion = () =>
  command(
    async () => (await import("./commands/completion.ts")).completion,
    { flags: {}, aliases: {}, positional: { kind: "tuple", parameters: [positionals.oneShell] } },
    {
      brief: "Print the script by which bash, zsh or fish completes command lines",
      fullDescription: [
        "bash: source <(phoenixctl completion bash)     zsh: source <(phoenixctl completion zsh), after compinit",
        "fish: phoenixctl completion fish | source",
        "CTIDs, snapshots and runs are those that hosts have told of last (ps, show, run list); no host is asked.",
      ].join("\n"),
    },
  );

const doctor = () =>
  command(
    async () => (await import("./commands/doctor.ts")).doctor,
    { flags: globals, aliases, positional: { kind: "tuple", parameters: [] } },
    {
      brief: "Say what is wrong with hosts, their agents and configurations, and what to do about it",
      fullDescription: "Changes nothing. Exit code 0: all works, though something may be worth a look. 1: something does not.",
    },
  );

const version = () =>
  command(
    async () => (await import("./commands/version.ts")).version,
    { flags: globals, aliases },
    { brief: "Say the version of the client, and of the agent when it is reachable" },
  );

const commands = {
  letsgo,
  orchestrate,
  reconfigure,
  plan,
  ps,
  show,
  start,
  stop,
  restart,
  exec,
  clone,
  snapshot,
  config,
  boot,
  gpu,
  run,
  events,
  doctor,
  host,
  trust,
  audit,
  completion,
  version,
};

/** The commands. Of a command line that begins with one of them only that one is made: the rest would cost every start some milliseconds. */
export function root(word?: string) {
  const wanted = Object.entries(commands).filter(([name]) => name === word);
  const made = (wanted.length > 0 ? wanted : Object.entries(commands)).map(([name, make]) => [name, make()] as const);
  return buildRouteMap<string, Context>({
    routes: Object.fromEntries(made),
    docs: { brief: "Orchestrates LXC containers through the agent of their host", fullDescription: overview },
  });
}
