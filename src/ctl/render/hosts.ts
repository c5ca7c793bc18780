import type { HostEntry, Hosts } from "../fleet/hosts.ts";
import { span, type Line, type Look, type Span } from "./line.ts";
import { table, type Column } from "./table.ts";
import { clean } from "./text.ts";

const heads: readonly Column[] = [
  { head: "HOST" },
  { head: "REACHED BY", flexible: true },
  { head: "GROUPS", flexible: true },
  { head: "NOTE" },
];

/** The hosts that are known, a row each. */
export function hostTable(all: Hosts, look: Look): Line[] {
  const names = Object.keys(all.hosts);
  if (names.length === 0) {
    return [
      [span("no hosts are known; every command goes to the agent of this machine.")],
      [span("  add one   ", "dim"), span("phoenixctl host add NAME --socket PATH")],
    ];
  }
  const rows = Object.entries(all.hosts).map(([name, entry]): Span[] => [
    span(name),
    span(clean(reachedBy(entry))),
    span(groupsOf(all, name).join(", ") || "-"),
    span(all.default === name ? "default" : ""),
  ]);
  const byDefault = all.default !== null && Object.hasOwn(all.groups, all.default) ? [[], [span(`default: the group ${all.default}`)]] : [];
  return [...table(heads, rows, look.width), ...byDefault];
}

/** The groups, a row each. */
export function groupTable(all: Hosts, look: Look): Line[] {
  const groups = Object.entries(all.groups);
  if (groups.length === 0) return [[span("no groups")], [span("  make one   ", "dim"), span("phoenixctl host group NAME HOST…")]];
  const rows = groups.map(([name, members]): Span[] => [span(name), span(members.join(", ")), span(all.default === name ? "default" : "")]);
  return table([{ head: "GROUP" }, { head: "HOSTS", flexible: true }, { head: "NOTE" }], rows, look.width);
}

/** "10.0.0.3:7443", or "socket /run/phoenix/agent.sock". */
export function reachedBy(entry: HostEntry): string {
  return entry.kind === "socket" ? `socket ${entry.socket}` : entry.addresses.join(", ");
}

/** The groups that a host is in. */
export function groupsOf(all: Hosts, name: string): string[] {
  return Object.entries(all.groups).flatMap(([group, members]) => (members.includes(name) ? [group] : []));
}

/** A host as a record: { host, kind, socket | addresses and ca_pins, groups, default }. */
export function hostEntryRecord(all: Hosts, name: string, entry: HostEntry) {
  const way = entry.kind === "socket" ? { socket: entry.socket } : { addresses: entry.addresses, ca_pins: entry.ca_pins };
  return { host: name, kind: entry.kind, ...way, groups: groupsOf(all, name), default: all.default === name };
}

/** A group as a record: { group, hosts, default }. */
export function groupRecord(all: Hosts, group: string, members: readonly string[]) {
  return { group, hosts: members, default: all.default === group };
}
