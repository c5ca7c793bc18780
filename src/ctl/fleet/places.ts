import { complaint, type Complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import type { Session } from "../session.ts";
import { configFolder, demandConfigFolder } from "./config-folder.ts";
import { loadHosts } from "./hosts-file.ts";
import { entryOf, membersOf, type HostEntry, type Hosts, type SocketHost } from "./hosts.ts";

/** Where an agent is. The one that is reached without any configuration has no name of its own. */
export type Place =
  | { readonly kind: "unnamed"; readonly entry: SocketHost }
  | { readonly kind: "known"; readonly name: string; readonly entry: HostEntry; readonly folder: string };

/** The places that a command line means. "chosen": each of them was named; "one of": they are where to look. */
export interface Places {
  readonly kind: "chosen" | "one of";
  readonly all: readonly Place[];
}

const defaultSocket = "/run/phoenix/agent.sock";

/** How a place is called. */
export function placeName(place: Place): string {
  return place.kind === "known" ? place.name : place.entry.socket;
}

/** Where to look for containers and runs: what the command line names, or all hosts. Throws Complaint. */
export async function placesToSearch(session: Session): Promise<Places> {
  return (await said(session)) ?? everywhere(session, known(session));
}

/** What a list is about: what the command line names, or the default, or all hosts. Throws Complaint. */
export async function placesToList(session: Session): Promise<Places> {
  const found = await said(session);
  if (found !== null) return found;
  const all = known(session);
  return all.default === null ? everywhere(session, all) : placesOf(session, all, namesOf(all, all.default), "one of");
}

/** The one host that a command is about which knows no containers. Throws Complaint where several may be meant. */
export async function placeToUse(session: Session, doing: string): Promise<Place> {
  const { all } = await placesToList(session);
  const [only, ...more] = all;
  if (only !== undefined && more.length === 0) return only;
  throw whichHost(doing, all);
}

/** The hosts on which something is to be changed that is not about single containers: those that are named, or the only one. Throws Complaint. */
export async function placesToChange(session: Session, doing: string): Promise<readonly Place[]> {
  const named = await said(session);
  return named === null ? [await placeToUse(session, doing)] : named.all;
}

/** Where several hosts may be meant and one is wanted. */
function whichHost(doing: string, all: readonly Place[]): Complaint {
  return complaint(exit.usage, `${doing}: on which host? There are ${all.map(placeName).join(", ")}.`, [
    ["name it", `phoenixctl … -H ${all[0] === undefined ? "NAME" : placeName(all[0])}`],
    ["for good", "phoenixctl host default NAME"],
  ]);
}

/** What the command line names; null when it names nothing. */
async function said(session: Session): Promise<Places | null> {
  const { socket, hosts, groups, all } = session.reach;
  const ways = [socket !== null, hosts.length > 0 || groups.length > 0, all].filter(Boolean).length;
  if (ways > 1) throw complaint(exit.usage, "--socket, --all-hosts, and -H with -g: expected one of them, or none.");
  if (socket !== null) return { kind: "chosen", all: [socketPlace(socket)] };
  if (all) return everywhere(session, demandKnown(session));
  if (ways === 0) {
    // A socket in the environment is a default too, and a narrower one than the hosts that are known.
    const fromEnvironment = session.io.env["PHOENIX_SOCKET"] ?? "";
    return fromEnvironment === "" ? null : { kind: "chosen", all: [socketPlace(fromEnvironment)] };
  }
  const found = demandKnown(session);
  const names = [...hosts, ...groups.flatMap((group) => membersOf(found, group))];
  return placesOf(session, found, names, groups.length === 0 ? "chosen" : "one of");
}

function everywhere(session: Session, all: Hosts): Places {
  const names = Object.keys(all.hosts);
  if (names.length === 0) return { kind: "chosen", all: [socketPlace(defaultSocket)] };
  return placesOf(session, all, names, "one of");
}

function placesOf(session: Session, all: Hosts, names: readonly string[], kind: Places["kind"]): Places {
  const folder = demandConfigFolder(session.io.env);
  return { kind, all: [...new Set(names)].map((name) => ({ kind: "known", name, entry: entryOf(all, name), folder })) };
}

function namesOf(all: Hosts, name: string): readonly string[] {
  return Object.hasOwn(all.groups, name) ? membersOf(all, name) : [name];
}

/** An agent that is reached by its socket alone. */
export function socketPlace(socket: string): Place {
  return { kind: "unnamed", entry: { kind: "socket", socket } };
}

function known(session: Session): Hosts {
  return loadHosts(configFolder(session.io.env));
}

function demandKnown(session: Session): Hosts {
  const found = loadHosts(demandConfigFolder(session.io.env));
  if (Object.keys(found.hosts).length > 0) return found;
  throw complaint(exit.usage, "no hosts are known.", [["add one", "phoenixctl host add NAME --socket PATH"]]);
}
