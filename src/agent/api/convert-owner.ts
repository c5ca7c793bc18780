import {
  toTimestamp,
  type BootDrift__Output,
  type BootOwner__Output,
  type BootOwnership__Output,
  type BootProblem__Output,
  type BootScheduler__Output,
  type HostBoot__Output,
  type PlanBootApplyResponse__Output,
} from "../../../proto/index.ts";
import type { BootOwner } from "../domain/boot.ts";
import { commandOf, driftText, type AutostartChange } from "../plan/autostart.ts";
import type { BootProblem } from "../plan/boot.ts";
import type { Scheduler } from "../plan/startup.ts";
import type { ApplyView, OwnerView } from "../run/boot-owner.ts";
import type { HostBoots } from "../run/host-boot.ts";
import { toPlan } from "./convert-plan.ts";
import { complaint, type Complaint } from "./validate.ts";

const names: Readonly<Record<BootOwner, Exclude<BootOwner__Output, "BOOT_OWNER_UNSPECIFIED">>> = {
  proxmox: "BOOT_OWNER_PROXMOX",
  agent: "BOOT_OWNER_AGENT",
};

/** Who starts containers at boot, for the caller. */
export function toOwnership({ ownership, configured, autostart }: OwnerView): BootOwnership__Output {
  const { owner, since, change, trouble } = ownership;
  return {
    owner: names[owner],
    chosen_at: since === null ? null : toTimestamp(since),
    configured: names[configured],
    changing_to: change === null ? "BOOT_OWNER_UNSPECIFIED" : names[change.to],
    trouble,
    scheduler: toScheduler(autostart.scheduler),
    drift: autostart.changes.map((change) => toDrift(change, owner)),
  };
}

/** What would be changed on the platform, for the caller. */
export function toApply({ owner, autostart, plans }: ApplyView): PlanBootApplyResponse__Output {
  return {
    owner: names[owner],
    scheduler: toScheduler(autostart.scheduler),
    changes: autostart.changes.map((change) => toDrift(change, owner)),
    plans: plans.map((plan) => toPlan(plan, null)),
    limits: autostart.limits.map(toProblem),
    problems: autostart.problems.map(toProblem),
  };
}

/** A boot of the host for the caller; null when none was seen. */
export function toHostBoot({ newest, waits }: Pick<HostBoots, "newest" | "waits">): HostBoot__Output | null {
  const boot = newest();
  if (boot === null && waits() === "") return null;
  const left_to = boot === null || boot.left_to === "first" ? "BOOT_OWNER_UNSPECIFIED" : names[boot.left_to];
  const seen_at = boot === null ? null : toTimestamp(boot.seen);
  return { boot_id: boot?.boot_id ?? "", seen_at, left_to, remark: boot?.remark ?? "", waits: waits() };
}

/** A problem of a boot plan for the caller. */
export function toProblem({ severity, reason, ctid, message }: BootProblem): BootProblem__Output {
  return { error: severity === "error", reason, ctid: ctid ?? 0, message };
}

/** Understands an owner that is named. */
export function ownerOf(name: BootOwner__Output): BootOwner | null {
  return name === "BOOT_OWNER_PROXMOX" ? "proxmox" : name === "BOOT_OWNER_AGENT" ? "agent" : null;
}

export function knownOwner(name: BootOwner__Output): Complaint {
  return ownerOf(name) === null ? complaint("owner", "expected BOOT_OWNER_PROXMOX or BOOT_OWNER_AGENT", name) : null;
}

function toScheduler(scheduler: Scheduler | null): BootScheduler__Output | null {
  if (scheduler === null) return null;
  const { version, known, starts } = scheduler;
  return { version, assumed: known === "assumed", together: starts === "an order at a time" };
}

function toDrift(change: AutostartChange, owner: BootOwner): BootDrift__Output {
  const { ctid, name, changes } = change;
  const settings = changes.map(({ key, from, to }) => ({ name: key, from: from ?? "", to }));
  return { ctid, name, message: driftText(change, owner), settings, command: commandOf(change) };
}
