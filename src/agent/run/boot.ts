import type { Ctid } from "../domain/container.ts";
import type { Journal, RunRecord } from "../domain/journal.ts";
import type { Plan } from "../domain/plan.ts";
import type { RunId } from "../domain/run.ts";
import { planBoot, type BootMember, type BootPlan } from "../plan/boot.ts";
import { longestChain, makespan, playBoot, type BootTime } from "../plan/boot-times.ts";
import { bootRuns, lostPlans } from "../plan/boot-run.ts";
import { shutdownRuns } from "../plan/boot-shutdown.ts";
import type { World } from "../plan/world.ts";
import { isAtBoot } from "./execute.ts";
import type { Orchestrator } from "./orchestrator.ts";

/** How long a start is expected to take, and from how many past ones that is known; 0: it is a guess. */
export interface StartEstimate {
  readonly ms: number;
  readonly runs: number;
}

/** A boot plan, and how it is expected to go when everybody comes up. */
export interface BootForecast {
  readonly plan: BootPlan;
  readonly estimates: ReadonlyMap<Ctid, StartEstimate>;
  readonly times: ReadonlyMap<Ctid, BootTime>;
  readonly makespan_ms: number;
  readonly longest_chain: readonly Ctid[];
  readonly max_parallel: number;
}

/** The runs of a boot, and the members that can't be started. */
export interface BootStarted {
  readonly runs: readonly RunRecord[];
  readonly refused: readonly Plan[];
}

/** Boots of the host: what they would do, are doing, and have done. Every method throws Fault. */
export interface Boots {
  /** The plan for a boot; with `only`, for these containers and what they need. Changes nothing. */
  plan(only: readonly Ctid[] | null): Promise<BootForecast>;
  /** Starts what does not run, as the plan says. The same request_id is the same boot. */
  start(request_id: string, only: readonly Ctid[] | null): Promise<BootStarted>;
  /** The plans of a shutdown, in the order in which they would be done. Changes nothing. */
  planShutdown(leases: "respect" | "force"): Promise<readonly Plan[]>;
  /** Stops what runs, in the reverse order of a boot. The same request_id is the same shutdown. */
  shutdown(request_id: string, leases: "respect" | "force"): Promise<BootStarted>;
  /** The runs of the newest boot; none when there was none, or when it is too long ago. */
  last(): readonly RunRecord[];
}

export interface BootParts {
  readonly world: () => Promise<World>;
  readonly journal: Pick<Journal, "runs">;
  readonly orchestrator: Pick<Orchestrator, "startPlanned">;
  /** How many members may be starting at a time; those that wait don't count. */
  readonly max_parallel: number;
}

/** What a start that nobody has seen yet is taken to last, in milliseconds. */
const guess = 10_000;
/** How many past runs of a container are looked at, whatever they did. */
const looked = 50;
/** How far back a boot is looked for, and how many runs at a time. */
const pages = 20;
const page = 100;

/** The boots of a host. */
export function createBoots({ world, journal, orchestrator, max_parallel }: BootParts): Boots {
  const estimate = ({ ctid, running }: BootMember): StartEstimate => {
    if (running) return { ms: 0, runs: 0 };
    const past = journal.runs({ ctid, phases: ["succeeded"], limit: looked, before: null }).flatMap(startDuration);
    const median = past.toSorted((a, b) => a - b)[Math.floor(past.length / 2)];
    return median === undefined ? { ms: guess, runs: 0 } : { ms: median, runs: past.length };
  };

  return {
    async plan(only) {
      const plan = planBoot(await world(), only);
      const estimates = new Map(plan.members.map((member) => [member.ctid, estimate(member)]));
      const times = playBoot(plan, ({ ctid }) => ({ ms: estimates.get(ctid)?.ms ?? guess, ends: "up" }), max_parallel);
      return { plan, estimates, times, makespan_ms: makespan(times), longest_chain: longestChain(times), max_parallel };
    },

    start: (request_id, only) =>
      orchestrator.startPlanned(request_id, (now) => {
        const boot = planBoot(now, only);
        return [...bootRuns(boot, now), ...lostPlans(boot).map((plan) => ({ plan, after: [] }))];
      }),

    planShutdown: async (leases) => shutdownRuns(await world(), leases).map(({ plan }) => plan),

    shutdown: (request_id, leases) => orchestrator.startPlanned(request_id, (now) => shutdownRuns(now, leases)),

    last() {
      let before: RunId | null = null;
      let found: readonly RunRecord[] = [];
      for (let looking = 0; looking < pages; looking += 1) {
        const some: readonly RunRecord[] = journal.runs({ ctid: null, phases: [], limit: page, before });
        const batch = found[0]?.batch ?? some.find(isBoot)?.batch;
        const more = some.filter((record) => record.batch === batch);
        found = [...found, ...more];
        before = some.at(-1)?.id ?? null;
        // A batch is written in one go, so nothing lies between its runs.
        if (some.length < page || (found.length > 0 && more.at(-1) !== some.at(-1))) break;
      }
      return found.toReversed();
    },
  };
}

/** How long a run took to get its container up; nothing when it did something else, or found it running. */
function startDuration({ plan, started, finished }: RunRecord): readonly number[] {
  const hasStarted = plan.steps.some(({ id, detail }) => id === "start" && detail === "");
  if (plan.request.kind !== "start" || !hasStarted || started === null || finished === null) return [];
  const waited_s = plan.steps.reduce((sum, { action }) => sum + (action.do === "wait" ? action.seconds : 0), 0);
  return [finished - started - waited_s * 1000];
}

function isBoot({ plan }: RunRecord): boolean {
  return plan.request.kind === "start" && isAtBoot(plan);
}
