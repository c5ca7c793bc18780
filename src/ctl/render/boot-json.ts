import type { BootMember__Output as Member, BootPlan__Output as BootPlan } from "../../../proto/types.ts";
import { word } from "./words.ts";

/** A boot plan. Times are in seconds from the boot on; what concerns times is null for a member that is not started. */
export function bootRecord({ members, problems, makespan_s, longest_chain, max_parallel }: BootPlan) {
  return {
    members: members.map(memberRecord),
    problems: problems.map((problem) => ({ ...problem, ctid: problem.ctid || null })),
    makespan_s,
    longest_chain,
    max_parallel,
  };
}

/** A member of a boot plan. */
export function memberRecord(member: Member) {
  const { ctid, name, delay_s, dependencies, outsiders, running, timeout_s, lost, estimate_s, estimate_runs } = member;
  const able = lost === "";
  return {
    ctid,
    name,
    needed_by: member.needed_by || null,
    boot_order: member.boot_order ?? null,
    turn_order: member.turn_order ?? null,
    delay_s,
    dependencies,
    outsiders,
    running,
    timeout_s,
    lost: lost || null,
    estimate_s,
    estimate_runs,
    wave: able ? member.wave : null,
    turn_s: able ? member.turn_s : null,
    start_s: able ? member.start_s : null,
    up_s: able ? member.up_s : null,
    held_by: member.held_by || null,
    held_reason: member.held_by === 0 ? null : word(member.held_reason),
  };
}
