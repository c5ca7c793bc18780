/** So many days in milliseconds. */
export function days(count: number): number {
  return count * 24 * 60 * 60 * 1000;
}

/** How long certificates hold, and how early they are made anew, in milliseconds. */
export const lifetimes = {
  /** Of a workstation. It renews its certificate when less than a third of this is left. */
  client: days(90),
  /** Of the agent itself. Renewed when half of it is over, by itself. */
  server: days(30),
  /** Of an authority that nobody has rotated: its successor is made so long before its end. */
  successor: days(365),
} as const;

/** An authority is trusted for so long after it got a successor: by then everything that it signed has ended. */
export const overlap = lifetimes.client;

interface Span {
  readonly since: number;
  readonly until: number;
}

/** What the authorities of an agent are good for at a time. */
export interface Standing<A> {
  /** Signs certificates of clients: the newest. */
  readonly issuer: A;
  /** Signs the agent's own certificate: the oldest that is still trusted, since some clients know no other yet. */
  readonly server: A;
  /** Newest first. */
  readonly trusted: readonly (A & { readonly retires: number })[];
  /** Nothing is left of what they have signed; their keys can be deleted. */
  readonly retired: readonly A[];
  /** Whether the newest will end before long, and wants a successor. */
  readonly aging: boolean;
}

/** Who is what at a time. Every client hears of a new authority when it renews its certificate, so the overlap is long enough for all. */
export function standingOf<A extends Span>(authorities: readonly [A, ...A[]], now: number): Standing<A> {
  const ordered = authorities.toSorted((a, b) => b.since - a.since) as [A, ...A[]];
  const dated = ordered.map((each, index) => {
    const successor = ordered[index - 1];
    return { ...each, retires: successor === undefined ? each.until : Math.min(each.until, successor.since + overlap) };
  });
  // The newest one stays, even when it has ended: an agent that was off for years must be able to say why it lets nobody in.
  const isTrusted = (each: { readonly retires: number }, index: number) => index === 0 || now < each.retires;
  const trusted = dated.filter(isTrusted);
  const [issuer] = ordered;
  return {
    issuer,
    server: ordered[trusted.length - 1] ?? issuer,
    trusted,
    retired: ordered.slice(trusted.length),
    aging: issuer.until - now < lifetimes.successor,
  };
}

/** Whether a certificate is better renewed: less than a third of its life is left. */
export function isAging({ since, until }: Span, now: number): boolean {
  return until - now < (until - since) / 3;
}
