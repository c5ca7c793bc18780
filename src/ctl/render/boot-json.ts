import type {
  BootDrift__Output as Drift,
  BootMember__Output as Member,
  BootOwnership__Output as Ownership,
  BootPlan__Output as BootPlan,
  BootProblem__Output as Problem,
  HostBoot__Output as HostBoot,
  PlanBootApplyResponse__Output as Apply,
} from "../../../proto/types.ts";
import { planRecord } from "./json.ts";
import { word } from "./words.ts";
import { isoTime } from "./time.ts";

/** A boot plan. Times are in seconds from the boot on; what concerns times is null for a member that is not started. */
export function bootRecord({ members, problems, makespan_s, longest_chain, max_parallel }: BootPlan, ownership: Ownership | null) {
  return {
    members: members.map(memberRecord),
    problems: problems.map(problemRecord),
    makespan_s,
    longest_chain,
    max_parallel,
    ownership: ownership === null ? null : ownershipRecord(ownership),
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

/** Who starts containers at boot, and what stands against it. */
export function ownershipRecord({ owner, chosen_at, configured, changing_to, trouble, scheduler, drift }: Ownership) {
  return {
    owner: word(owner),
    chosen_at: isoTime(chosen_at),
    configured: word(configured),
    changing_to: changing_to === "BOOT_OWNER_UNSPECIFIED" ? null : word(changing_to),
    trouble: trouble || null,
    scheduler,
    drift: drift.map(driftRecord),
  };
}

/** What would be changed on the platform. */
export function applyRecord({ owner, scheduler, changes, plans, limits, problems }: Apply) {
  return {
    owner: word(owner),
    scheduler,
    changes: changes.map(driftRecord),
    plans: plans.map(planRecord),
    limits: limits.map(problemRecord),
    problems: problems.map(problemRecord),
  };
}

/** A boot of the host; left_to is null for the first that the agent saw, which it left as it was. */
export function hostBootRecord({ boot_id, seen_at, left_to, remark, waits }: HostBoot) {
  return {
    boot_id: boot_id || null,
    seen_at: isoTime(seen_at),
    left_to: left_to === "BOOT_OWNER_UNSPECIFIED" ? null : word(left_to),
    remark: remark || null,
    waits: waits || null,
  };
}

function driftRecord({ ctid, name, message, settings, command }: Drift) {
  return { ctid, name, message, settings: settings.map(({ name: key, from, to }) => ({ name: key, from, to })), command };
}

function problemRecord(problem: Problem) {
  return { ...problem, ctid: problem.ctid || null };
}
