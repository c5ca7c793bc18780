import { ask } from "../fleet/host.ts";
import { forContainer } from "../fleet/with-host.ts";
import { byHost, listHosts, nothingMore } from "../follow/list.ts";
import { snapshotRecord } from "../render/json.ts";
import { snapshotTable } from "../render/snapshots.ts";
import type { Globals, Session } from "../session.ts";

/** Lists snapshots, of one container or of all. */
export async function snapshotList(session: Session, _flags: Globals, ctid?: number): Promise<number> {
  const doing = `list of snapshots${ctid === undefined ? "" : ` of ${ctid}`}`;
  return listHosts(session, {
    errand: ctid === undefined ? { kind: "hosts", doing } : forContainer(ctid, doing),
    key: "snapshots",
    ask: async (host) => (await ask(host, host.services.snapshot.ListSnapshots, { ctid: ctid ?? 0 })).snapshots,
    arrange: byHost,
    record: snapshotRecord,
    lines: snapshotTable,
    more: nothingMore,
  });
}
