import type { HostName } from "../render/words.ts";
import type { Io } from "../session.ts";
import { introductionOf, prepare, type Host, type Introduction } from "./host.ts";
import type { Place } from "./places.ts";
import { renewAging, type Unrenewed } from "./renew.ts";

/** A host that is spoken to, and how it is named. */
export interface Reached {
  readonly host: Host;
  readonly name: HostName;
  /** Of the agent. */
  readonly version: string;
}

/** The connections of one command: made once for each place, closed together. */
export interface Pool {
  /** Does what is to be done here before a place can be reached: none of its host's time is taken for that. Throws Complaint. */
  readonly prepare: (place: Place) => Promise<void>;
  readonly host: (place: Place) => Promise<Host>;
  /** The same, with its name; the host has answered then. Throws Trouble. */
  readonly reach: (place: Place) => Promise<Reached>;
  /** The version of an agent that has told it; null while it has not. */
  readonly versionOf: (place: Place) => string | null;
  /** Also renews certificates of hosts that have answered, where little of their life is left; gives those that could not be. */
  readonly close: () => Promise<readonly Unrenewed[]>;
  /** How its deadlines pass. */
  readonly sleep: Io["sleep"];
}

/** A pool in which a host gets so many seconds to answer. */
export function makePool(timeout_s: number, { now, sleep }: Pick<Io, "now" | "sleep">): Pool {
  const prepared = new Map<Place, ReturnType<typeof prepare>>();
  const hosts = new Map<Place, Promise<Host>>();
  const introduced = new Map<Place, Introduction>();
  const renewals = new Map<Place, Promise<Unrenewed | null>>();
  const ready = (place: Place) => {
    const known = prepared.get(place) ?? prepare(place);
    prepared.set(place, known);
    return known;
  };
  const host = (place: Place): Promise<Host> => {
    const known = hosts.get(place) ?? ready(place).then((connect) => connect(timeout_s));
    hosts.set(place, known);
    return known;
  };
  return {
    prepare: async (place) => void (await ready(place)),
    host,
    async reach(place) {
      const connected = await host(place);
      // One of several that hangs must not keep a command from what it can say; the one of this machine is there, or busy.
      const known =
        introduced.get(place) ?? (await (place.kind === "known" ? introductionOf(connected, timeout_s) : introductionOf(connected)));
      introduced.set(place, known);
      if (!renewals.has(place)) renewals.set(place, renewAging(connected, now(), timeout_s));
      const { name, version, abilities } = known;
      return { host: { ...connected, abilities }, name, version };
    },
    versionOf: (place) => introduced.get(place)?.version ?? null,
    async close() {
      const found = await Promise.all(renewals.values());
      for (const each of hosts.values()) {
        each.then(
          ({ client }) => client.close(),
          () => undefined,
        );
      }
      return found.filter((each) => each !== null);
    },
    sleep,
  };
}
