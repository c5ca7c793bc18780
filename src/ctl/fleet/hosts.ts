import { complaint, type Complaint } from "../complaint.ts";
import { exit } from "../exit.ts";

/** An agent on this machine. */
export interface SocketHost {
  readonly kind: "socket";
  /** An absolute path. */
  readonly socket: string;
}

/** An agent across the network, over mutual TLS. */
export interface TlsHost {
  readonly kind: "tls";
  /** HOST:PORT each, tried in this order. An IPv6 address is in brackets. */
  readonly addresses: readonly string[];
  /** "sha256:" and 64 hex digits: fingerprints of the agent's CA; two while it is being replaced. */
  readonly ca_pins: readonly string[];
  /** The folder with CA, certificate and key (credentials.ts), in the folder of the configuration. */
  readonly credentials: string;
}

/** How an agent is reached. */
export type HostEntry = SocketHost | TlsHost;

/** All that this client knows of hosts. Hosts and groups share one space of names. */
export interface Hosts {
  /** The host or group that is meant when a command line names none; null: all hosts. */
  readonly default: string | null;
  readonly hosts: Readonly<Record<string, HostEntry>>;
  /** Names of hosts, by the name of their group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export const noHosts: Hosts = { default: null, hosts: {}, groups: {} };

/** With one more host. Throws Complaint when the name is taken. */
export function withHostAdded(all: Hosts, name: string, entry: HostEntry): Hosts {
  demandFree(all, name);
  return { ...all, hosts: { ...all.hosts, [name]: entry } };
}

/** With another entry for a host that is known, for example after its certificate was renewed. Throws Complaint when it is not. */
export function withHostReplaced(all: Hosts, name: string, entry: HostEntry): Hosts {
  entryOf(all, name);
  return { ...all, hosts: { ...all.hosts, [name]: entry } };
}

/** Without a host, in the groups and as the default too. Throws Complaint when it is not known. */
export function withoutHost(all: Hosts, name: string): Hosts {
  entryOf(all, name);
  const groups = Object.entries(all.groups).map(([group, members]) => [group, members.filter((member) => member !== name)] as const);
  const left = Object.fromEntries(groups.filter(([, members]) => members.length > 0));
  const gone =
    all.default !== null && (all.default === name || (Object.hasOwn(all.groups, all.default) && !Object.hasOwn(left, all.default)));
  return {
    default: gone ? null : all.default,
    hosts: Object.fromEntries(Object.entries(all.hosts).filter(([each]) => each !== name)),
    groups: left,
  };
}

/** With a host under another name, everywhere. Throws Complaint when it is not known, or the new name is taken. */
export function withHostRenamed(all: Hosts, from: string, to: string): Hosts {
  entryOf(all, from);
  demandFree(all, to);
  const renamed = (name: string) => (name === from ? to : name);
  return {
    default: all.default === null ? null : renamed(all.default),
    hosts: Object.fromEntries(Object.entries(all.hosts).map(([name, entry]) => [renamed(name), entry])),
    groups: Object.fromEntries(Object.entries(all.groups).map(([group, members]) => [group, members.map(renamed)])),
  };
}

/** With a group of exactly these hosts. Throws Complaint when one is not known, or a host has the group's name. */
export function withGroup(all: Hosts, group: string, members: readonly string[]): Hosts {
  if (Object.hasOwn(all.hosts, group)) throw complaint(exit.usage, `${group} is a host; a group wants a name of its own.`);
  for (const member of members) entryOf(all, member);
  return { ...all, groups: { ...all.groups, [group]: [...new Set(members)] } };
}

/** Without a group; its hosts stay. Throws Complaint when it is not known. */
export function withoutGroup(all: Hosts, group: string): Hosts {
  membersOf(all, group);
  return {
    default: all.default === group ? null : all.default,
    hosts: all.hosts,
    groups: Object.fromEntries(Object.entries(all.groups).filter(([each]) => each !== group)),
  };
}

/** With another default; null: all hosts. Throws Complaint when it is neither host nor group. */
export function withDefault(all: Hosts, name: string | null): Hosts {
  if (name !== null && !Object.hasOwn(all.groups, name)) entryOf(all, name);
  return { ...all, default: name };
}

/** How a host is reached. Throws Complaint when it is not known. */
export function entryOf(all: Hosts, name: string): HostEntry {
  const found = Object.hasOwn(all.hosts, name) ? all.hosts[name] : undefined;
  if (found === undefined) throw unknown("host", name, Object.keys(all.hosts));
  return found;
}

/** The hosts of a group. Throws Complaint when it is not known. */
export function membersOf(all: Hosts, group: string): readonly string[] {
  const found = Object.hasOwn(all.groups, group) ? all.groups[group] : undefined;
  if (found === undefined) throw unknown("group", group, Object.keys(all.groups));
  return found;
}

function demandFree(all: Hosts, name: string): void {
  if (Object.hasOwn(all.hosts, name)) {
    throw complaint(exit.usage, `there is a host ${name} already.`, [
      ["look", `phoenixctl host list`],
      ["replace it", `phoenixctl host remove ${name}`],
    ]);
  }
  if (Object.hasOwn(all.groups, name)) throw complaint(exit.usage, `${name} is a group; a host wants a name of its own.`);
}

function unknown(what: "host" | "group", name: string, known: readonly string[]): Complaint {
  const those = known.length === 0 ? "there is none" : `there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`;
  const add = what === "host" ? `phoenixctl host add ${name} …` : `phoenixctl host group ${name} HOST…`;
  return complaint(exit.usage, `there is no ${what} ${name}; ${those}.`, [["add it", add]]);
}
