import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { beginOrNothing } from "../follow/begin.ts";
import { hostRecord } from "../render/json.ts";
import { snapshotScheduleRecord, snapshotScheduleTable } from "../render/snapshot-schedules.ts";
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
    beginOrNothing(
      session,
      host,
      name,
      { afterwards: flags.detach === true ? "detach" : "follow", nothing: "nothing to snapshot" },
      (request_id) => ask(host, host.services.snapshot.RunSnapshotSchedule, { request_id, name: schedule }),
    ),
  );
}
