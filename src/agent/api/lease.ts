import { toTimestamp, type Lease__Output } from "../../../proto/index.ts";
import type { GpuServiceHandlers } from "../../../proto/services.ts";
import type { Ctid } from "../domain/container.ts";
import { Fault } from "../domain/errors.ts";
import { leaseFor, leaseText, type Lease } from "../domain/lease.ts";
import type { Caller } from "../domain/trust.ts";
import { takesDown } from "../plan/lease.ts";
import { hasGpuAccess, subjectOf } from "../plan/subject.ts";
import type { Adapter } from "./adapt.ts";
import type { Parts } from "./parts.ts";
import { complaint, ctid, demand, lineOf, type Complaint } from "./validate.ts";

const longestLease = 30 * 24 * 60 * 60;

/** Of GpuService: promises that nobody stops a container. */
export function leases(parts: Parts, { unary }: Adapter): Pick<GpuServiceHandlers, "Lease" | "Release"> {
  const { leases: book, clock, journal } = parts;
  const current = (of: Ctid) => book.at(clock.now()).get(of) ?? null;

  return {
    Lease: unary(async (asked, caller) => {
      const request = { ...asked, holder: holderOf(asked.holder, caller) };
      demand(
        ctid(request.ctid),
        duration(request.for_s),
        lineOf(request.holder, "holder", 1, 64),
        lineOf(request.reason, "reason", 0, 200),
      );
      const subject = subjectOf(request.ctid, await parts.host.world());
      if (subject.container === null) throw new Fault("CONTAINER_MISSING", `${request.ctid} does not exist on this host`, "phoenixctl ps");
      if (!hasGpuAccess(subject)) throw new Fault("INVALID", `${request.ctid} has no GPU access, so there is nothing to lease`);
      const before = current(request.ctid);
      if (before !== null && before.holder !== request.holder) throw taken(before);
      // A run that has been told to take it down would break the promise.
      const run = journal.unfinished().find(({ plan, state }) => plan.request.ctid === request.ctid && takesDown(state.queue));
      if (run !== undefined) throw new Fault("BUSY", `run ${run.id} takes it down`, `wait: phoenixctl run watch ${run.id}`, "transient");
      const lease = leaseFor(
        { ctid: request.ctid, holder: request.holder, reason: request.reason },
        before,
        request.for_s * 1000,
        clock.now(),
      );
      book.keep(lease);
      return { lease: toLease(lease) };
    }),

    Release: unary((asked, caller) => {
      const request = { ...asked, holder: holderOf(asked.holder, caller) };
      demand(ctid(request.ctid), lineOf(request.holder, "holder", 1, 64));
      const lease = current(request.ctid);
      if (lease === null) throw new Fault("NOT_FOUND", `${request.ctid} is not leased`);
      if (lease.holder !== request.holder && !request.force) throw taken(lease);
      book.drop(request.ctid);
      return { lease: toLease(lease) };
    }),
  };
}

/** Over the network somebody is who their certificate says; on the local socket, who they say. */
function holderOf(claimed: string, caller: Caller): string {
  return caller.kind === "certificate" ? caller.certificate.name : claimed;
}

function taken(lease: Lease): Fault {
  const release = `phoenixctl gpu release ${lease.ctid} --force`;
  return new Fault("LEASED", leaseText(lease), `ask ${lease.holder}; ${release} ends it all the same`);
}

function duration(seconds: number): Complaint {
  return seconds >= 1 && seconds <= longestLease ? null : complaint("for_s", `expected 1 to ${longestLease} seconds`, seconds);
}

/** A lease for the caller. */
export function toLease({ ctid: of, holder, reason, since, until }: Lease): Lease__Output {
  return { ctid: of, holder, reason, since: toTimestamp(since), until: toTimestamp(until) };
}
