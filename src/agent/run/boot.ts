import type { Ctid } from "../domain/container.ts";
import type { Journal, RunRecord } from "../domain/journal.ts";
import { planBoot, type BootMember, type BootPlan } from "../plan/boot.ts";
import { longestChain, makespan, playBoot, type BootTime } from "../plan/boot-times.ts";
import type { World } from "../plan/world.ts";

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

/** Boots of the host: what they would do. Every method throws Fault. */
export interface Boots {
  /** The plan for a boot; with `only`, for these containers and what they need. Changes nothing. */
  plan(only: readonly Ctid[] | null): Promise<BootForecast>;
}

export interface BootParts {
  readonly world: () => Promise<World>;
  readonly journal: Pick<Journal, "runs">;
  /** How many members may be starting at a time; those that wait don't count. */
  readonly max_parallel: number;
}

/** What a start that nobody has seen yet is taken to last, in milliseconds. */
const guess = 10_000;
/** How many past runs of a container are looked at, whatever they did. */
const looked = 50;

/** The boots of a host. */
export function createBoots({ world, journal, max_parallel }: BootParts): Boots {
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
  };
}

/** How long a run took to get its container up; nothing when it did something else, or found it running. */
function startDuration({ plan, started, finished }: RunRecord): readonly number[] {
  const hasStarted = plan.steps.some(({ id, detail }) => id === "start" && detail === "");
  if (plan.request.kind !== "start" || !hasStarted || started === null || finished === null) return [];
  return [finished - started];
}
