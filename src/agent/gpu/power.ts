import type { Ctid } from "../domain/container.ts";
import { toFailure } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { GpuState } from "../domain/gpu.ts";
import type { RunRecord } from "../domain/journal.ts";
import type { Log } from "../domain/log.ts";
import type { Plan } from "../domain/plan.ts";
import type { Firing, Schedule } from "../domain/schedule.ts";
import { minutes } from "../plan/gpu-shutdown.ts";
import { nothingToDo } from "../plan/plan.ts";
import type { World } from "../plan/world.ts";
import type { Orchestrator, Started, Wish } from "../run/orchestrator.ts";
import { chosen, choiceText, type Choice } from "./choose.ts";
import { idleStops } from "./idle-stops.ts";

/** Which containers are to be stopped, and how. */
export interface Shutdown {
  readonly choice: Choice;
  readonly except: readonly Ctid[];
  readonly when: "idle" | "always";
  /** Seconds; null: as the manifest says. */
  readonly grace_s: number | null;
}

/** A schedule of the settings. */
export interface GpuSchedule extends Shutdown {
  readonly schedule: Schedule;
}

/** Takes GPUs from containers, for users, schedules and the idle rule. Throws Fault. */
export interface GpuPower {
  /** Changes nothing. */
  readonly plan: (shutdown: Shutdown, leases: "respect" | "force") => Promise<readonly Plan[]>;
  /** By somebody who has asked for it: a lease is a blocker. */
  readonly start: (request_id: string, shutdown: Shutdown, leases: "respect" | "force") => Promise<Started>;
  /** What a schedule does: a lease leaves its container running. */
  readonly run: (request_id: string, schedule: GpuSchedule, why: string) => Promise<Started>;
  /** The same at its time; says what came of it. */
  readonly fire: (schedule: GpuSchedule) => (firing: Firing) => Promise<{ readonly ended: Promise<unknown> }>;
  /** Stops who has been idle for so long. Never throws. */
  readonly stopIdle: (state: GpuState, after_ms: number) => Promise<void>;
}

export interface GpuPowerParts {
  readonly orchestrator: Pick<Orchestrator, "start" | "plan" | "watch">;
  readonly world: () => Promise<World>;
  readonly events: Events;
  readonly log: Log;
  readonly now: () => number;
}

export function createGpuPower({ orchestrator, world, events, log, now }: GpuPowerParts): GpuPower {
  const wish = ({ when, grace_s }: Shutdown, leased: "skip" | "refuse", why: string): Wish => ({
    kind: "gpu-shutdown",
    when,
    leased,
    grace_s,
    why,
  });
  const asked = (shutdown: Shutdown, leases: "respect" | "force"): Wish => ({
    ...wish(shutdown, "refuse", "asked for"),
    ...(leases === "force" ? { force: true } : {}),
  });
  const targets = async ({ choice, except }: Shutdown) => chosen(choice, except, await world());
  const run: GpuPower["run"] = async (request_id, schedule, why) =>
    orchestrator.start(request_id, wish(schedule, "skip", why), await targets(schedule), "refuse");

  const end = async ({ id }: RunRecord) => {
    for await (const { event } of orchestrator.watch(id, 0, new AbortController().signal)) if (event.type === "finished") return;
  };

  return {
    plan: async (shutdown, leases) => orchestrator.plan(asked(shutdown, leases), await targets(shutdown)),
    start: async (request_id, shutdown, leases) =>
      orchestrator.start(request_id, asked(shutdown, leases), await targets(shutdown), "refuse"),
    run,

    fire:
      (schedule) =>
      async ({ schedule: name, at, request_id }) => {
        const { runs, refused } = await run(request_id, schedule, `schedule ${name}`);
        const results = [...runs.map(({ plan }) => resultOf(plan)), ...refused.map(resultOf)].toSorted((a, b) => a.ctid - b.ctid);
        const late = now() - at >= 60_000 ? `, made up for ${minutes(now() - at)} late` : "";
        const what = results.length === 0 ? "nothing to stop" : results.map(({ ctid, text }) => `${ctid} ${text}`).join("; ");
        const details = Object.fromEntries(results.map(({ ctid, text }) => [String(ctid), text]));
        const level = refused.length > 0 ? "warn" : "info";
        const message = `schedule ${name} for ${choiceText(schedule.choice, schedule.except)}${late}: ${what}`;
        events.say({ kind: "gpu.schedule", level, message, details });
        return { ended: Promise.all(runs.map(end)) };
      },

    async stopIdle(state, after_ms) {
      if (![...state.idle.values()].some((idle_ms) => idle_ms >= after_ms)) return;
      try {
        for (const ctid of idleStops(await world(), after_ms)) {
          const idle = `idle for ${minutes(state.idle.get(ctid) ?? after_ms)}`;
          const shutdown = { choice: { of: "containers", ctids: [ctid] }, except: [], when: "idle", grace_s: null } as const;
          const { runs, refused } = await orchestrator.start(`idle-${ctid}-${now()}`, wish(shutdown, "skip", idle), [ctid], "refuse");
          for (const { plan } of runs)
            events.say({ kind: "gpu.idle", level: "info", ctid, message: `${ctid} is stopped: ${plan.name} was ${idle}` });
          for (const { blockers } of refused)
            log.warn({ ctid }, `${ctid} is idle, and can't be stopped: ${blockers.map(({ message }) => message).join("; ")}`);
        }
      } catch (error) {
        log.error({}, `idle containers can't be stopped: ${toFailure(error).message}`);
      }
    },
  };
}

/** What a firing comes to for a container, as far as that can be said when it begins. */
function resultOf(plan: Plan): { readonly ctid: Ctid; readonly text: string } {
  const { ctid } = plan.request;
  if (plan.blockers.length > 0) return { ctid, text: `not stopped: ${plan.blockers.map(({ message }) => message).join(", ")}` };
  return { ctid, text: nothingToDo(plan) ? (plan.steps[0]?.detail ?? "") : "is stopped" };
}
