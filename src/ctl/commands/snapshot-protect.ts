import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { hostRecord, snapshotRecord } from "../render/json.ts";
import { protectedLine, unprotectedLine } from "../render/snapshots.ts";
import type { Globals, Session } from "../session.ts";

/** Keeps a snapshot from being deleted or replaced. */
export async function snapshotProtect(session: Session, _flags: Globals, ctid: number, snapshot: string): Promise<number> {
  return withHost(session, forContainer(ctid, `protection of snapshot ${snapshot} of ${ctid}`), async (host, name) => {
    const { snapshot: found } = await ask(host, host.services.snapshot.ProtectSnapshot, { ctid, name: snapshot });
    if (found === null) return exit.failed;
    if (session.output === "ndjson") session.record({ ...hostRecord(name), ...snapshotRecord(found) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), ...snapshotRecord(found) });
    else if (!session.quiet) session.print([protectedLine(found, name)]);
    return exit.done;
  });
}

/** Takes that back. */
export async function snapshotUnprotect(session: Session, _flags: Globals, ctid: number, snapshot: string): Promise<number> {
  return withHost(session, forContainer(ctid, `end of the protection of snapshot ${snapshot} of ${ctid}`), async (host, name) => {
    const { snapshot: found } = await ask(host, host.services.snapshot.UnprotectSnapshot, { ctid, name: snapshot });
    const record = { ...hostRecord(name), ...(found === null ? { ctid, name: snapshot, protected: false } : snapshotRecord(found)) };
    if (session.output === "ndjson") session.record(record);
    else if (session.output !== "table") await session.document(record);
    else if (!session.quiet) session.print([unprotectedLine(ctid, snapshot, found, name)]);
    return exit.done;
  });
}
