import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { begin, type Started } from "../follow/begin.ts";
import { hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { snapshotScheduleRecord, snapshotScheduleTable } from "../render/snapshot-schedules.ts";
import { hostLabel } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Lists the snapshot schedules of the host. */
export async function snapshotScheduleList(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "list of snapshot schedules", async (host, name) => {
    const { schedules } = await ask(host, host.services.snapshot.ListSnapshotSchedules, {});
    if (session.output === "ndjson") for (const each of schedules) session.record({ ...hostRecord(name), ...snapshotScheduleRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), schedules: schedules.map(snapshotScheduleRecord) });
    else session.print(snapshotScheduleTable(schedules, name, session.look()));
    return exit.done;
  });
}

/** Does now what a schedule does when it is due. */
export async function snapshotScheduleRun(
  session: Session,
  flags: Globals & { readonly detach?: boolean },
  schedule: string,
): Promise<number> {
  return withHost(session, `run of schedule ${schedule}`, (host, name) =>
    begin(session, host, name, flags.detach === true ? "detach" : "follow", async (request_id): Promise<Started> => {
      const { runs, refused } = await ask(host, host.services.snapshot.RunSnapshotSchedule, { request_id, name: schedule });
      if (runs.length + refused.length === 0 && session.output === "table")
        session.print([[span(`nothing to snapshot on ${hostLabel(name)}`)]]);
      return { runs, refused: refused.map(({ kind, ctid, blockers }) => ({ kind, ctid, blockers })) };
    }),
  );
}
