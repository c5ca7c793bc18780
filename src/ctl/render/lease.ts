import type { Lease__Output as Lease } from "../../../proto/types.ts";
import { fromTimestamp } from "../../../proto/time.ts";
import { span, type Line, type Look } from "./line.ts";
import { clean } from "./text.ts";
import { isoTime, shortTime } from "./time.ts";
import { hostLabel, type HostName } from "./words.ts";

/** That a container is leased now, and how to end it. */
export function leased(lease: Lease, host: HostName, look: Look): Line[] {
  return [
    [span(`${lease.ctid} on ${hostLabel(host)} is leased by ${holding(lease, look)}.`)],
    [span("  release   ", "dim"), span(`phoenixctl gpu release ${lease.ctid}`)],
  ];
}

/** That it is no more. */
export function released(lease: Lease, host: HostName, look: Look): Line[] {
  return [[span(`${lease.ctid} on ${hostLabel(host)} is released; it was leased by ${holding(lease, look)}.`)]];
}

function holding({ holder, reason, until }: Lease, look: Look): string {
  const end = fromTimestamp(until);
  return `${clean(holder)}${end === null ? "" : ` until ${shortTime(end, look)}`}${reason === "" ? "" : ` (${clean(reason)})`}`;
}

/** The record of a lease: { ctid, holder, reason, since, until }. */
export function leaseRecord({ ctid, holder, reason, since, until }: Lease) {
  return { ctid, holder, reason, since: isoTime(since), until: isoTime(until) };
}
