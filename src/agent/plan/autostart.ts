// What the platform is told about a boot, so that it does what the owner of boots is there for. Pure.
//
// - Owner proxmox: members of the boot plan get onboot 1 and their startup (startup.ts), every other container of the manifest
//   gets onboot 0. Owner agent: all of them get onboot 0; startup is left alone, since Proxmox goes on shutting down by it.
// - A container that is not in the manifest, is not on the host, or can't be started by the plan, is left as it is.
import type { BootOwner } from "../domain/boot.ts";
import { settingChanges, type Container, type Ctid, type SettingChange, type Settings } from "../domain/container.ts";
import type { Plan } from "../domain/plan.ts";
import { planBoot, type BootPlan, type BootProblem } from "./boot.ts";
import { planRun } from "./plan.ts";
import { haLimits, limitsOf, schedulerOf, startups, type Scheduler } from "./startup.ts";
import type { Seen, World } from "./world.ts";

/** The settings by which a platform starts containers. */
export type AutostartSettings = Pick<Settings, "onboot" | "startup">;

/** A container that the platform starts otherwise than it should. */
export interface AutostartChange {
  readonly ctid: Ctid;
  readonly name: string;
  readonly changes: readonly SettingChange[];
  /** What is to be set. */
  readonly settings: AutostartSettings;
}

export interface AutostartPlan {
  /** null where the platform starts nothing. */
  readonly scheduler: Scheduler | null;
  /** In the sequence in which Proxmox goes through them, then what does not start at boot. */
  readonly changes: readonly AutostartChange[];
  /** What is wrong with the boot plan, and keeps containers from being touched. */
  readonly problems: readonly BootProblem[];
  /** What the platform can't do as the boot plan says; for owner agent, what it does all the same. */
  readonly limits: readonly BootProblem[];
}

/** What has to be changed on the platform for this owner. */
export function planAutostart(world: Seen, owner: BootOwner, boot: BootPlan = planBoot(world)): AutostartPlan {
  const scheduler = schedulerOf(world.inventory.autostart);
  const problems = boot.problems.filter(({ severity, reason }) => severity === "error" && reason !== "ORDER");
  if (scheduler === null) return { scheduler, changes: [], problems, limits: [] };
  const wanted = owner === "agent" ? offFor(world, boot) : onFor(world, boot, scheduler);
  const changes = [...wanted].flatMap(([ctid, settings]): readonly AutostartChange[] => {
    const container = world.inventory.containers.get(ctid);
    const found = container === undefined ? [] : changesOf(container, settings);
    if (container === undefined || found.length === 0) return [];
    const set = Object.fromEntries(found.map(({ key, to }) => [key, to]));
    return [{ ctid, name: world.manifest.containers.get(ctid)?.name ?? container.name, changes: found, settings: set }];
  });
  const limits = [...(owner === "agent" ? [] : limitsOf(boot, scheduler)), ...haLimits(boot, world.inventory.autostart, owner)];
  return { scheduler, changes, problems, limits };
}

/** The plans of runs that make these changes. */
export function autostartRuns({ changes }: AutostartPlan, world: World): readonly Plan[] {
  return changes.map(({ ctid, settings }) => planRun({ kind: "autostart", ctid, settings }, { ...world, active: new Map() }));
}

/** What is wrong about a container that is to be changed, in a few words. */
export function driftText({ changes }: Pick<AutostartChange, "changes">, owner: BootOwner): string {
  if (owner === "agent") return "Proxmox starts it at boot (onboot 1), and so does the agent";
  const words = changes.map(({ key, from, to }) => `${key} is ${from ?? "not set"}, expected ${to === "" ? "none" : to}`);
  return `not set up for a boot by Proxmox: ${words.join("; ")}`;
}

/** What one would type on the host: "pct set 953 --onboot 1 --startup order=1,down=60". */
export function commandOf({ ctid, changes }: Pick<AutostartChange, "ctid" | "changes">): string {
  const set = changes.flatMap(({ key, to }) => (to === "" ? [] : [`--${key} ${to}`]));
  const gone = changes.flatMap(({ key, to }) => (to === "" ? [key] : []));
  return [`pct set ${ctid}`, ...set, ...(gone.length === 0 ? [] : [`--delete ${gone.join(",")}`])].join(" ");
}

function changesOf({ settings }: Container, wanted: AutostartSettings): readonly SettingChange[] {
  return settingChanges({ onboot: "0", ...settings }, wanted);
}

function offFor(world: Seen, boot: BootPlan): ReadonlyMap<Ctid, AutostartSettings> {
  const lost = lostIn(boot);
  const all = [...boot.members.map(({ ctid }) => ctid), ...world.manifest.containers.keys()];
  return new Map(all.filter((ctid) => !lost.has(ctid)).map((ctid) => [ctid, { onboot: "0" }]));
}

function onFor(world: Seen, boot: BootPlan, scheduler: Scheduler): ReadonlyMap<Ctid, AutostartSettings> {
  const lost = lostIn(boot);
  const on = [...startups(boot, world, scheduler)].map(([ctid, startup]) => [ctid, { onboot: "1", startup }] as const);
  const members = new Set(boot.members.map(({ ctid }) => ctid));
  const others = [...world.manifest.containers.keys()].filter((ctid) => !members.has(ctid) && !lost.has(ctid));
  return new Map<Ctid, AutostartSettings>([...on, ...others.map((ctid) => [ctid, { onboot: "0" }] as const)]);
}

function lostIn({ members }: BootPlan): ReadonlySet<Ctid> {
  return new Set(members.flatMap(({ ctid, lost }) => (lost === null ? [] : [ctid])));
}
