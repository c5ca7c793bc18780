/** What one client, and all of them together, may use up. Sizes are bytes, times are milliseconds. */
export interface Limits {
  /** A request that is larger is refused before it fills memory. */
  readonly message: number;
  /** Connections of everybody, of one address, of one client. Beyond it new ones are closed. */
  readonly connections: { readonly all: number; readonly address: number; readonly client: number };
  /** Connections that may be made from one address: at once, and each second from then on. */
  readonly knocks: Rate;
  /** Calls that one client has open, over all of its connections. */
  readonly calls: number;
  /** Of those, how many requests may be on their way: each takes up to `message` of memory. */
  readonly arriving: number;
  /** Calls that one client may make: at once, and each second from then on. */
  readonly rate: Rate;
  /** Of those, the ones that are no reading: each is written down, for long. */
  readonly changes: Rate;
  /** Calls beyond that, within ten seconds, that cost the client its connections. */
  readonly patience: number;
  /** TLS has to be agreed on within this time. */
  readonly handshake: number;
  /** A connection on which nothing is called is closed after this time. */
  readonly idle: number;
  /** A connection stays for so long at most. */
  readonly stay: number;
  /** The other end is asked each time whether it is still there, and has so long to answer. */
  readonly alive: { readonly every: number; readonly within: number };
}

/** What each kind of callers has. */
export interface NetworkLimits {
  readonly member: Limits;
  readonly stranger: Limits;
}

/** So many at once, and so many each second from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Of those who have shown a certificate of this agent. */
const memberLimits: Limits = {
  message: 1 << 20,
  connections: { all: 512, address: 256, client: 64 },
  knocks: { burst: 200, perSecond: 20 },
  calls: 512,
  arriving: 32,
  rate: { burst: 2000, perSecond: 200 },
  changes: { burst: 500, perSecond: 10 },
  patience: 1000,
  handshake: 10_000,
  idle: 10 * 60_000,
  stay: Infinity,
  alive: { every: 30_000, within: 10_000 },
};

/** Of those who have shown none: they can only join. What counts is their address. */
const strangerLimits: Limits = {
  message: 16 << 10,
  connections: { all: 64, address: 8, client: 8 },
  knocks: memberLimits.knocks,
  calls: 8,
  arriving: 4,
  rate: { burst: 20, perSecond: 1 },
  changes: { burst: 20, perSecond: 1 },
  patience: 20,
  handshake: memberLimits.handshake,
  idle: 10_000,
  // Joining takes a second. Nobody stays at the door.
  stay: 30_000,
  alive: memberLimits.alive,
};

/** Both of them, as the network has them. */
export const usualLimits: NetworkLimits = { member: memberLimits, stranger: strangerLimits };

/** A bucket that fills again by itself. */
export interface Bucket {
  /** Takes one; false when there is none. */
  readonly take: (now: number) => boolean;
  /** Whether it is as full as it gets, so that nothing is lost by forgetting it. */
  readonly isFull: (now: number) => boolean;
}

/** A full bucket. Times are milliseconds that never go back. */
export function bucket({ burst, perSecond }: Rate, now: number): Bucket {
  let level = burst;
  let at = now;
  const fill = (time: number) => {
    level = Math.min(burst, level + ((time - at) / 1000) * perSecond);
    at = time;
  };
  return {
    take: (time) => {
      fill(time);
      if (level < 1) return false;
      level -= 1;
      return true;
    },
    isFull: (time) => {
      fill(time);
      return level >= burst;
    },
  };
}
