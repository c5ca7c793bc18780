import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { hostRecord, snapshotRecord } from "../render/json.ts";
import { snapshotTable } from "../render/snapshots.ts";
import type { Globals, Session } from "../session.ts";

/** Lists snapshots, of one container or of all. */
export async function snapshotList(session: Session, _flags: Globals, ctid?: number): Promise<number> {
  return withHost(session, `list of snapshots${ctid === undefined ? "" : ` of ${ctid}`}`, async (host, name) => {
    const { snapshots } = await ask(host, host.services.snapshot.ListSnapshots, { ctid: ctid ?? 0 });
    if (session.output === "ndjson") for (const each of snapshots) session.record({ ...hostRecord(name), ...snapshotRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), snapshots: snapshots.map(snapshotRecord) });
    else session.print(snapshotTable(snapshots, name, session.look()));
    return exit.done;
  });
}
