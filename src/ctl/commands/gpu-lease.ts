import type { Lease__Output as Lease } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { hostRecord } from "../render/json.ts";
import { leased, leaseRecord, released } from "../render/lease.ts";
import type { Line, Look } from "../render/line.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { userName } from "../user.ts";

/** The flags of gpu lease. */
export interface LeaseFlags extends Globals {
  readonly for: number;
  readonly reason?: string;
}

/** Promises that nothing stops a container for a while. */
export async function gpuLease(session: Session, flags: LeaseFlags, ctid: number): Promise<number> {
  const request = { ctid, for_s: flags.for, holder: userName(session.io.env), reason: flags.reason ?? "" };
  return withHost(session, forContainer(ctid, `lease of ${ctid}`), async (host, name) => {
    const { lease } = await ask(host, host.services.gpu.Lease, request);
    return say(session, lease, name, leased);
  });
}

/** Ends such a promise. */
export async function gpuRelease(session: Session, flags: Globals & { readonly force?: boolean }, ctid: number): Promise<number> {
  const request = { ctid, holder: userName(session.io.env), force: flags.force ?? false };
  return withHost(session, forContainer(ctid, `release of ${ctid}`), async (host, name) => {
    const { lease } = await ask(host, host.services.gpu.Release, request);
    return say(session, lease, name, released);
  });
}

async function say(
  session: Session,
  lease: Lease | null,
  name: HostName,
  lines: (lease: Lease, host: HostName, look: Look) => Line[],
): Promise<number> {
  if (lease === null) return exit.failed;
  const record = { ...hostRecord(name), ...leaseRecord(lease) };
  if (session.output === "ndjson") session.record(record);
  else if (session.output !== "table") await session.document(record);
  else if (!session.quiet) session.print(lines(lease, name, session.look()));
  return exit.done;
}
