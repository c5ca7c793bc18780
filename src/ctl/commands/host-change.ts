import { resolve } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { configFolder, demandConfigFolder } from "../fleet/config-folder.ts";
import { dropCredentials } from "../fleet/credentials.ts";
import { changeHosts } from "../fleet/hosts-change.ts";
import { loadHosts } from "../fleet/hosts-file.ts";
import {
  entryOf,
  membersOf,
  withDefault,
  withGroup,
  withHostAdded,
  withHostRenamed,
  withoutGroup,
  withoutHost,
  type Hosts,
} from "../fleet/hosts.ts";
import { forget } from "../fleet/memory.ts";
import { groupRecord, groupTable, hostEntryRecord, reachedBy } from "../render/hosts.ts";
import { span } from "../render/line.ts";
import { clean } from "../render/text.ts";
import type { Globals, Session } from "../session.ts";
import type { JoinFlags } from "./host-join.ts";

/** Makes a host known: with a token, or, when its agent is on this machine, by its socket. */
export async function hostAdd(session: Session, flags: Globals & JoinFlags, name: string, token?: string): Promise<number> {
  if (token !== undefined) {
    if (flags.socket !== undefined) throw complaint(exit.usage, "a token tells where the agent is: leave out --socket.");
    return (await import("./host-join.ts")).hostJoin(session, flags, name, token);
  }
  if (flags.socket === undefined) {
    throw complaint(exit.usage, `how is ${name} reached?`, [
      ["over the network", `phoenix-agent token create --role operator on the host, then here: phoenixctl host add ${name} TOKEN`],
      ["on this machine", `phoenixctl host add ${name} --socket /run/phoenix/agent.sock`],
    ]);
  }
  const entry = { kind: "socket", socket: resolve(flags.socket) } as const;
  const all = await changeHosts(demandConfigFolder(session.io.env), (hosts) => withHostAdded(hosts, name, entry));
  return saidHost(session, all, name, `${name} is known now, by its ${reachedBy(entry)}.`);
}

/** Forgets a host, and takes away what it was reached with. */
export async function hostRemove(session: Session, _flags: Globals, name: string): Promise<number> {
  const folder = demandConfigFolder(session.io.env);
  let credentials: string | null = null;
  await changeHosts(folder, (hosts) => {
    const entry = entryOf(hosts, name);
    credentials = entry.kind === "tls" ? entry.credentials : null;
    return withoutHost(hosts, name);
  });
  if (credentials !== null) await dropCredentials(folder, credentials);
  await forget(session.io.env, name);
  if (session.output !== "table") await session.document({ host: name, removed: true });
  else if (!session.quiet) session.print([[span(`${name} is forgotten. Nothing was changed on the host itself.`)]]);
  return exit.done;
}

/** Gives a host another name, here. */
export async function hostRename(session: Session, _flags: Globals, from: string, to: string): Promise<number> {
  const all = await changeHosts(demandConfigFolder(session.io.env), (hosts) => withHostRenamed(hosts, from, to));
  await forget(session.io.env, from);
  return saidHost(session, all, to, `${from} is called ${to} now.`);
}

/** Says or sets the host or group that is meant when a command line names none. */
export async function hostDefault(session: Session, flags: Globals & { readonly unset?: boolean }, name?: string): Promise<number> {
  const { env } = session.io;
  if (name !== undefined && flags.unset) throw complaint(exit.usage, `--unset takes the default away: leave out ${name}, or --unset.`);
  const wanted = flags.unset ? null : name;
  const all =
    wanted === undefined ? loadHosts(configFolder(env)) : await changeHosts(demandConfigFolder(env), (hosts) => withDefault(hosts, wanted));
  if (session.output !== "table") await session.document({ default: all.default });
  else if (all.default === null) session.print([[span("no default: a command line that names no host means all of them.")]]);
  else session.print([[span(`a command line that names no host means ${all.default}.`)]]);
  return exit.done;
}

/** Says which groups there are, makes one of exactly these hosts, or takes one away. */
export async function hostGroup(session: Session, flags: Globals & { readonly delete?: boolean }, ...names: string[]): Promise<number> {
  const [group, ...members] = names;
  const { env } = session.io;
  if (group !== undefined && flags.delete) {
    if (members.length > 0)
      throw complaint(exit.usage, `--delete takes the whole group away: leave out ${members.join(" ")}, or --delete.`);
    await changeHosts(demandConfigFolder(env), (hosts) => withoutGroup(hosts, group));
    if (session.output !== "table") await session.document({ group, removed: true });
    else if (!session.quiet) session.print([[span(`the group ${group} is gone; its hosts stay.`)]]);
    return exit.done;
  }
  if (flags.delete) throw complaint(exit.usage, "--delete wants the name of a group.");
  if (group !== undefined && members.length > 0) {
    const all = await changeHosts(demandConfigFolder(env), (hosts) => withGroup(hosts, group, members));
    return saidGroups(session, all, group);
  }
  return saidGroups(session, loadHosts(configFolder(env)), group);
}

async function saidGroups(session: Session, all: Hosts, only: string | undefined): Promise<number> {
  const groups = only === undefined ? all.groups : { [only]: membersOf(all, only) };
  const records = Object.entries(groups).map(([name, members]) => groupRecord(all, name, members));
  if (session.output === "ndjson") for (const each of records) session.record(each);
  else if (session.output !== "table") await session.document({ groups: records });
  else if (!session.quiet) session.print(groupTable({ ...all, groups }, session.look()));
  return exit.done;
}

async function saidHost(session: Session, all: Hosts, name: string, text: string): Promise<number> {
  if (session.output !== "table") await session.document(hostEntryRecord(all, name, entryOf(all, name)));
  else if (!session.quiet) session.print([[span(clean(text))]]);
  return exit.done;
}
