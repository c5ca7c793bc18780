import type { HostName } from "../render/words.ts";
import { connect, nameOf, type Host } from "./host.ts";
import type { Place } from "./places.ts";

/** A host that is spoken to, and how it is named. */
export interface Reached {
  readonly host: Host;
  readonly name: HostName;
}

/** The connections of one command: made once for each place, closed together. */
export interface Pool {
  readonly host: (place: Place) => Promise<Host>;
  /** The same, with its name; the host has answered then. Throws Trouble. */
  readonly reach: (place: Place) => Promise<Reached>;
  /** Notes the name of a host that has told it with something else. */
  readonly told: (place: Place, name: HostName) => void;
  readonly close: () => void;
}

/** A pool in which a host gets so many seconds to answer. */
export function makePool(timeout_s: number): Pool {
  const hosts = new Map<Place, Promise<Host>>();
  const names = new Map<Place, HostName>();
  const host = (place: Place): Promise<Host> => {
    const known = hosts.get(place) ?? connect(place, timeout_s);
    hosts.set(place, known);
    return known;
  };
  return {
    host,
    async reach(place) {
      const connected = await host(place);
      // One of several that hangs must not keep a command from what it can say; the one of this machine is there, or busy.
      const name = names.get(place) ?? (await (place.kind === "known" ? nameOf(connected, timeout_s) : nameOf(connected)));
      names.set(place, name);
      return { host: connected, name };
    },
    told: (place, name) => void names.set(place, name),
    close() {
      for (const each of hosts.values()) {
        each.then(
          ({ client }) => client.close(),
          () => undefined,
        );
      }
    },
  };
}
