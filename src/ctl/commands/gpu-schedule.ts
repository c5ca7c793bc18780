import { fromTimestamp } from "../../../proto/time.ts";
import type { GpuSchedule__Output as GpuSchedule } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { beginOrNothing } from "../follow/begin.ts";
import { firingTable, scheduleRecord, scheduleTable } from "../render/gpu-schedules.ts";
import { hostRecord } from "../render/json.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Lists the schedules of the host. */
export async function scheduleList(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "list of GPU schedules", async (host, name) => {
    const { schedules } = await ask(host, host.services.gpu.ListGpuSchedules, {});
    if (session.output === "ndjson") for (const each of schedules) session.record({ ...hostRecord(name), ...scheduleRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), schedules: schedules.map(scheduleRecord) });
    else session.print(scheduleTable(schedules, name, session.look()));
    return exit.done;
  });
}

/** Says when a schedule is due next. */
export async function scheduleNext(session: Session, flags: Globals & { readonly limit?: number }, schedule: string): Promise<number> {
  return withHost(session, `firings of ${schedule}`, async (host, name) => {
    const { at } = await ask(host, host.services.gpu.ListGpuFirings, { name: schedule, count: flags.limit ?? 0 });
    const times = at.flatMap((each) => fromTimestamp(each) ?? []);
    const next = times.map((ms) => new Date(ms).toISOString());
    if (session.output === "ndjson") for (const each of next) session.record({ ...hostRecord(name), schedule, at: each });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), schedule, next });
    else session.print(firingTable(schedule, times, name, session.look()));
    return exit.done;
  });
}

/** Does now what a schedule does when it is due. */
export async function scheduleRun(session: Session, flags: Globals & { readonly detach?: boolean }, schedule: string): Promise<number> {
  return withHost(session, `run of schedule ${schedule}`, (host, name) =>
    beginOrNothing(
      session,
      host,
      name,
      { afterwards: flags.detach === true ? "detach" : "follow", nothing: "nothing to stop" },
      (request_id) => ask(host, host.services.gpu.RunGpuSchedule, { request_id, name: schedule }),
    ),
  );
}

function change(doing: string, call: (host: Host, name: string) => Promise<{ schedule: GpuSchedule | null }>) {
  return (session: Session, _flags: Globals, schedule: string): Promise<number> =>
    withHost(session, `${doing} of schedule ${schedule}`, async (host, name) => {
      const { schedule: now } = await call(host, schedule);
      if (now === null) return exit.failed;
      return tell(session, now, name);
    });
}

/** Lets its times pass by from now on. */
export const schedulePause = change("pause", (host, name) => ask(host, host.services.gpu.PauseGpuSchedule, { name }));

/** Ends that. */
export const scheduleResume = change("resumption", (host, name) => ask(host, host.services.gpu.ResumeGpuSchedule, { name }));

async function tell(session: Session, schedule: GpuSchedule, name: HostName): Promise<number> {
  const record = { ...hostRecord(name), ...scheduleRecord(schedule) };
  if (session.output === "ndjson") session.record(record);
  else if (session.output !== "table") await session.document(record);
  else if (!session.quiet) session.print(scheduleTable([schedule], name, session.look()));
  return exit.done;
}
