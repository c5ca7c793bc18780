import { ask } from "../fleet/host.ts";
import { byHost, listHosts, nothingMore } from "../follow/list.ts";
import { snapshotScheduleRecord, snapshotScheduleTable } from "../render/snapshot-schedules.ts";
import type { Globals, Session } from "../session.ts";
import { beginShares } from "./shares.ts";

/** Lists the snapshot schedules. */
export async function snapshotScheduleList(session: Session, _flags: Globals): Promise<number> {
  return listHosts(session, {
    errand: { kind: "hosts", doing: "list of snapshot schedules" },
    key: "schedules",
    none: (where) => `no snapshot schedules on ${where}; they are in the agent's settings, snapshots.schedules`,
    ask: async (host) => (await ask(host, host.services.snapshot.ListSnapshotSchedules, {})).schedules,
    arrange: byHost,
    record: snapshotScheduleRecord,
    lines: snapshotScheduleTable,
    more: nothingMore,
  });
}

/** Does now what a schedule does when it is due. */
export async function snapshotScheduleRun(
  session: Session,
  flags: Globals & { readonly detach?: boolean },
  schedule: string,
): Promise<number> {
  const wanted = { of: "hosts", ctids: [], doing: () => `run of schedule ${schedule}` } as const;
  const how = { detach: flags.detach ?? false, nothing: "nothing to snapshot" };
  return beginShares(session, wanted, how, (host, request_id) =>
    ask(host, host.services.snapshot.RunSnapshotSchedule, { request_id, name: schedule }),
  );
}
