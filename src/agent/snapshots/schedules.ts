import type { AgentSettings } from "../config/settings.ts";
import type { Clock } from "../domain/clock.ts";
import { scheduleDescription, type Ctid } from "../domain/container.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import type { Log } from "../domain/log.ts";
import type { Plan } from "../domain/plan.ts";
import { isProtected } from "../domain/protection.ts";
import type { RunId } from "../domain/run.ts";
import type { Firing, Schedule, ScheduleBook } from "../domain/schedule.ts";
import type { World } from "../plan/world.ts";
import type { Orchestrator, Started } from "../run/orchestrator.ts";
import type { Beat } from "../schedule/beat.ts";
import { startSchedules, type ScheduleView } from "../schedule/engine.ts";
import { overdue, type Keep } from "./keep.ts";
import { nameAt } from "./name.ts";

/** A schedule of the settings. */
export interface SnapshotSchedule {
  readonly schedule: Schedule;
  /** "all": those of the manifest that exist and whose storage can. */
  readonly containers: readonly Ctid[] | "all";
  readonly pattern: string;
  readonly keep: Keep;
}

/** One as it stands. */
export interface SnapshotScheduleView extends ScheduleView {
  readonly of: SnapshotSchedule;
  /** The next time at which it is due, milliseconds since 1970; null: never again. */
  readonly next: number | null;
}

/** The snapshot schedules of a host. Every method throws Fault. */
export interface SnapshotSchedules {
  /** In the order of the settings. */
  readonly list: () => readonly SnapshotScheduleView[];
  /** Does now what it does when it is due: gives the runs that take snapshots; what is over is deleted once they have. */
  readonly run: (request_id: string, name: string) => Promise<Started>;
}

export interface SnapshotSchedulesParts {
  readonly schedules: AgentSettings["snapshots"]["schedules"];
  readonly orchestrator: Pick<Orchestrator, "start" | "watch" | "find">;
  readonly journal: Pick<Journal, "unfinished">;
  readonly world: () => Promise<World>;
  readonly book: ScheduleBook;
  readonly events: Events;
  readonly clock: Pick<Clock, "now">;
  readonly beat: Beat;
  readonly log: Log;
}

/** So late a snapshot says that it is, milliseconds. */
const late = 60_000;

/** The schedules at work from now on. After close nothing is begun; what was begun is the orchestrator's. */
export function startSnapshotSchedules(parts: SnapshotSchedulesParts): SnapshotSchedules & { readonly close: () => Promise<void> } {
  const { orchestrator, journal, world, events, clock, log } = parts;
  const all = parts.schedules.map(scheduleOf);
  const closing = new AbortController();
  const following = new Set<Promise<void>>();

  const skip = ({ schedule: { name } }: SnapshotSchedule, ctid: Ctid, what: string, { blockers }: Pick<Plan, "blockers">) =>
    events.say({
      kind: "snapshot.skip",
      level: "warn",
      ctid,
      message: `schedule ${name}: ${what}: ${blockers.map(({ message }) => message).join("; ")}`,
      details: { schedule: name, reason: blockers[0]?.reason ?? "" },
    });

  /** How a run has ended; null: the agent ends first. */
  const ending = async (run: RunId) => {
    for await (const { event } of orchestrator.watch(run, 0, closing.signal)) if (event.type === "finished") return event.ending;
    return null;
  };

  /** Deletes what is over, one after another, as long as nobody else wants the container. */
  const tidy = async (of: SnapshotSchedule, ctid: Ctid, request_id: string): Promise<void> => {
    const { inventory, protections } = await world();
    const container = inventory.containers.get(ctid);
    if (container === undefined) return;
    const safe = (snapshot: (typeof container.snapshots)[number]) => isProtected(container, snapshot, protections);
    for (const { name } of overdue(container.snapshots, of.schedule.name, of.keep, clock.now(), safe)) {
      if (closing.signal.aborted) return;
      const clone = journal.unfinished().find(({ plan: { request } }) => request.kind === "clone" && request.source === ctid);
      const blockers = clone === undefined ? [] : [cloned(ctid, clone.id)];
      const wish = { kind: "delete", snapshot: name } as const;
      const { runs, refused } =
        blockers.length > 0
          ? { runs: [], refused: [{ blockers }] }
          : await orchestrator.start(`${request_id} ${ctid} ${name}`, wish, [ctid], "refuse");
      for (const plan of refused) skip(of, ctid, `${name} of ${ctid} is not deleted`, plan);
      const [run] = runs;
      if (run === undefined || (await ending(run.id)) !== "succeeded") return;
    }
  };

  const follow = async (of: SnapshotSchedule, ctid: Ctid, run: RunId, request_id: string): Promise<void> => {
    try {
      // Without a new one nothing goes: a schedule that fails would otherwise come to have none.
      if ((await ending(run)) === "succeeded" && !closing.signal.aborted) await tidy(of, ctid, request_id);
    } catch (error) {
      if (closing.signal.aborted) return;
      log.error({ ctid, schedule: of.schedule.name }, `old snapshots could not be seen to: ${toFailure(error).message}`);
    }
  };

  const take = async (of: SnapshotSchedule, at: number, request_id: string) => {
    const { name, time_zone } = of.schedule;
    const ctids = of.containers === "all" ? able(await world()) : of.containers;
    const text = clock.now() - at > late ? `late, was due ${new Date(at).toISOString()}` : "on schedule";
    const wish = { kind: "snapshot", snapshot: nameAt(of.pattern, at, time_zone), description: scheduleDescription(text, name) } as const;
    const started = ctids.length === 0 ? { runs: [], refused: [] } : await orchestrator.start(request_id, wish, ctids, "refuse");
    for (const plan of started.refused) skip(of, plan.request.ctid, `no snapshot of ${plan.request.ctid}`, plan);
    const follows = started.runs.map(({ id, plan }) => follow(of, plan.request.ctid, id, request_id));
    const ended = Promise.all(follows).then(() => {});
    following.add(ended);
    void ended.then(() => following.delete(ended));
    return { started, ended };
  };

  const jobs = all.map((of) => ({
    schedule: of.schedule,
    fire: async ({ at, request_id }: Firing) => ({ ended: (await take(of, at, request_id)).ended }),
  }));
  const engine = startSchedules("snapshots", jobs, parts);

  return {
    list: () =>
      engine.list().map((view, at) => ({ ...view, of: all[at] as SnapshotSchedule, next: engine.next(view.schedule.name, 1)[0] ?? null })),
    async run(request_id, name) {
      // Says which there are, where there is none of that name.
      engine.next(name, 1);
      const of = all.find(({ schedule }) => schedule.name === name);
      if (of === undefined) throw new Fault("NOT_FOUND", `there is no schedule ${name}`);
      return (await take(of, clock.now(), request_id)).started;
    },
    async close() {
      closing.abort();
      await engine.close();
      await Promise.all(following);
    },
  };
}

/** The containers of the manifest that exist and can be snapshotted. */
function able({ manifest, inventory }: World): readonly Ctid[] {
  return [...manifest.containers.keys()].filter((ctid) => (inventory.containers.get(ctid)?.snapshot_support.can ?? "none") !== "none");
}

function cloned(ctid: Ctid, run: RunId): Plan["blockers"][number] {
  return { reason: "BUSY", ctid, message: `run ${run} makes a clone of it`, remedy: `wait: phoenixctl run watch ${run}` };
}

const hours = { h: 1, d: 24, w: 7 * 24 } as const;

function scheduleOf(given: AgentSettings["snapshots"]["schedules"][number]): SnapshotSchedule {
  const { name, cron, time_zone, catch_up_s, containers, pattern, keep } = given;
  const age = keep.age === undefined ? null : Number.parseInt(keep.age, 10) * hours[keep.age.slice(-1) as keyof typeof hours];
  return {
    schedule: { name, cron, time_zone, catch_up_s },
    containers,
    pattern,
    keep: { count: keep.count ?? null, age_ms: age === null ? null : age * 60 * 60 * 1000 },
  };
}
