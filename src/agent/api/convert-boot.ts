import type { BootMember__Output, BootPlan__Output, BootWait__Output } from "../../../proto/index.ts";
import type { BootMember, BootWait } from "../plan/boot.ts";
import { delayOf } from "../plan/boot-play.ts";
import type { BootForecast } from "../run/boot.ts";
import { toProblem } from "./convert-owner.ts";

const waits: Readonly<Record<BootWait["reason"], BootWait__Output>> = { dependency: "BOOT_WAIT_DEPENDENCY", order: "BOOT_WAIT_ORDER" };

/** A boot plan for the caller. */
export function toBootPlan(forecast: BootForecast): BootPlan__Output {
  const { plan, makespan_ms, longest_chain, max_parallel } = forecast;
  const waves = new Map(plan.waves.flatMap((wave, at) => wave.map((ctid) => [ctid, at + 1] as const)));
  return {
    members: plan.members.map((member) => toMember(member, waves.get(member.ctid) ?? 0, forecast)),
    problems: plan.problems.map(toProblem),
    makespan_s: makespan_ms / 1000,
    longest_chain: [...longest_chain],
    max_parallel,
  };
}

function toMember(member: BootMember, wave: number, { estimates, times }: BootForecast): BootMember__Output {
  const { ctid, name, needed_by, order, turn, dependencies, outsiders, running, timeout_s, lost } = member;
  const estimate = estimates.get(ctid);
  const time = times.get(ctid);
  const held = time?.held_by ?? null;
  return {
    ctid,
    name,
    needed_by: needed_by ?? 0,
    ...(order === null ? {} : { boot_order: order }),
    ...(turn === null ? {} : { turn_order: turn }),
    delay_s: delayOf(member) / 1000,
    dependencies: [...dependencies],
    outsiders: [...outsiders],
    running,
    timeout_s,
    lost: lost ?? "",
    estimate_s: (estimate?.ms ?? 0) / 1000,
    estimate_runs: estimate?.runs ?? 0,
    wave,
    turn_s: (time?.turn ?? 0) / 1000,
    start_s: (time?.start ?? 0) / 1000,
    up_s: (time?.end ?? 0) / 1000,
    held_by: held?.on ?? 0,
    held_reason: held === null ? "BOOT_WAIT_UNSPECIFIED" : waits[held.reason],
  };
}
