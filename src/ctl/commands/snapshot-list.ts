import { ask } from "../fleet/host.ts";
import { forContainer } from "../fleet/with-host.ts";
import { byHost, listHosts, nothingMore } from "../follow/list.ts";
import { snapshotRecord } from "../render/json.ts";
import { snapshotTable } from "../render/snapshots.ts";
import type { Globals, Session } from "../session.ts";

/** Lists snapshots, of one container or of all. */
export async function snapshotList(session: Session, flags: Globals & { readonly size?: boolean }, ctid?: number): Promise<number> {
  const sizes = flags.size ?? false;
  const doing = `list of snapshots${ctid === undefined ? "" : ` of ${ctid}`}`;
  return listHosts(session, {
    errand: ctid === undefined ? { kind: "hosts", doing } : forContainer(ctid, doing),
    key: "snapshots",
    none: (where) => `no snapshots on ${where}`,
    ask: async (host) => (await ask(host, host.services.snapshot.ListSnapshots, { ctid: ctid ?? 0, sizes })).snapshots,
    arrange: byHost,
    record: snapshotRecord,
    lines: (rows, silent, look) => snapshotTable(rows, silent, look, sizes ? "sizes" : "no sizes"),
    more: nothingMore,
  });
}
