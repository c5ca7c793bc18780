import type { Ctid } from "./container.ts";

/** A promise that a container is not stopped until a given time. Times are milliseconds since 1970. */
export interface Lease {
  readonly ctid: Ctid;
  /** The user's name, as the client gave it. */
  readonly holder: string;
  /** May be empty. */
  readonly reason: string;
  readonly since: number;
  readonly until: number;
}

/** The leases of a host that hold now; a container has one at most. */
export type Leases = ReadonlyMap<Ctid, Lease>;

/** Where leases are kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface LeaseBook {
  /** Writes a lease in place of the one that the container may have, and forgets those that ended before it began. */
  readonly keep: (lease: Lease) => void;
  /** Forgets the container's lease. */
  readonly drop: (ctid: Ctid) => void;
  /** The leases that hold at a time. */
  readonly at: (now: number) => Leases;
}

/** Whether it holds: from its beginning on, until right before its end. */
export function holds(lease: Pick<Lease, "until">, now: number): boolean {
  return now < lease.until;
}

/**
 * The lease that a request for one makes. Who asks again extends the own lease, which keeps its beginning, and its reason
 * where no other is given.
 */
export function leaseFor(asked: Omit<Lease, "since" | "until">, current: Lease | null, ms: number, now: number): Lease {
  const own = current !== null && current.holder === asked.holder && holds(current, now) ? current : null;
  return { ...asked, reason: asked.reason || (own?.reason ?? ""), since: own?.since ?? now, until: now + ms };
}

/** "leased by ana until 2026-11-20T18:00:00Z: demo". The client turns such times into the reader's. */
export function leaseText({ holder, reason, until }: Lease): string {
  const end = new Date(until).toISOString().replace(/\.\d+Z$/, "Z");
  return `leased by ${holder} until ${end}${reason === "" ? "" : `: ${reason}`}`;
}
