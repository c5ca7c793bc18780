import { fromTimestamp } from "../../../proto/time.ts";
import type { GpuSchedule__Output as GpuSchedule } from "../../../proto/types.ts";
import { ask, type Host } from "../fleet/host.ts";
import { byHost, listHosts, nothingMore, type Listing } from "../follow/list.ts";
import { firingTable, scheduleRecord, scheduleTable } from "../render/gpu-schedules.ts";
import type { Globals, Session } from "../session.ts";
import { beginShares } from "./shares.ts";

/** Schedules of hosts, as a list. */
function schedules(errand: Listing<GpuSchedule>["errand"], of: (host: Host) => Promise<readonly GpuSchedule[]>): Listing<GpuSchedule> {
  return {
    errand,
    key: "schedules",
    none: (where) => `no GPU schedules on ${where}; they are in the agent's settings, gpu.schedules`,
    ask: of,
    arrange: byHost,
    record: scheduleRecord,
    lines: scheduleTable,
    more: nothingMore,
  };
}

/** Lists the schedules. */
export async function scheduleList(session: Session, _flags: Globals): Promise<number> {
  const of = async (host: Host) => (await ask(host, host.services.gpu.ListGpuSchedules, {})).schedules;
  return listHosts(session, schedules({ kind: "hosts", doing: "list of GPU schedules" }, of));
}

/** Says when a schedule is due next. */
export async function scheduleNext(session: Session, flags: Globals & { readonly limit?: number }, schedule: string): Promise<number> {
  return listHosts(session, {
    errand: { kind: "named hosts", doing: `firings of ${schedule}` },
    key: "firings",
    none: (where) => `${schedule} is never due on ${where}`,
    ask: async (host) => {
      const { at } = await ask(host, host.services.gpu.ListGpuFirings, { name: schedule, count: flags.limit ?? 0 });
      return at.flatMap((each) => fromTimestamp(each) ?? []).map((ms) => ({ schedule, at: ms }));
    },
    arrange: byHost,
    record: ({ at }) => ({ schedule, at: new Date(at).toISOString() }),
    lines: firingTable,
    more: nothingMore,
  });
}

/** Does now what a schedule does when it is due. */
export async function scheduleRun(session: Session, flags: Globals & { readonly detach?: boolean }, schedule: string): Promise<number> {
  const wanted = { of: "hosts", ctids: [], doing: () => `run of schedule ${schedule}` } as const;
  const how = { detach: flags.detach ?? false, nothing: "nothing to stop" };
  return beginShares(session, wanted, how, (host, request_id) =>
    ask(host, host.services.gpu.RunGpuSchedule, { request_id, name: schedule }),
  );
}

function change(doing: string, call: (host: Host, name: string) => Promise<{ schedule: GpuSchedule | null }>) {
  return (session: Session, _flags: Globals, schedule: string): Promise<number> => {
    const changed = async (host: Host) => {
      const { schedule: now } = await call(host, schedule);
      return now === null ? [] : [now];
    };
    return listHosts(session, schedules({ kind: "named hosts", doing: `${doing} of schedule ${schedule}` }, changed));
  };
}

/** Lets its times pass by from now on. */
export const schedulePause = change("pause", (host, name) => ask(host, host.services.gpu.PauseGpuSchedule, { name }));

/** Ends that. */
export const scheduleResume = change("resumption", (host, name) => ask(host, host.services.gpu.ResumeGpuSchedule, { name }));
