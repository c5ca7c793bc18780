// What starts when the host has booted, in which order, and why. Pure: the same world gives the same plan.
//
// - Members are the containers of the manifest with start_at_boot, and those that one of them needs ("needed by N").
// - boot_order ascends; unset comes last; members of one order start at the same time. A member that another one needs takes
//   that one's order where its own is later (its own counts only if it starts at boot itself), so a dependency is stronger than
//   an order that contradicts it. That is an error which keeps nobody from starting.
// - A member's turn comes when everything of a lower order has ended: it is up, which means running and healthy, or has failed
//   for good; and when everything that it depends on is up, whatever the orders say. Up is: health_check succeeded; without
//   one, ready succeeded; without that as well, init and network are up.
// - boot_delay is in seconds, and waited from the moment that the turn has come until the start. A member that runs already is
//   not started, so nothing is waited for; what needs it waits until it is up all the same.
// - A dependency outside of the manifest, a virtual machine or a container, is not started but waited for until it runs, as long
//   as a container may take to start. That is a part of the turn: the delay begins after it.
// - Who fails or takes too long costs itself and what depends on it. Starting is tried three times, when the platform says that
//   a little later it may work; a health check as often as it says itself.
// - A cycle, an id that does not exist, an error in the manifest: errors. The container, and what depends on it, is not
//   started ("lost"), and nobody else waits for it.
import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Ctid } from "../domain/container.ts";
import { lostOnes, type LostOnes } from "./boot-lost.ts";
import { compareTurns, levelsOf, turnsOf } from "./boot-order.ts";
import { problemsOf } from "./boot-problems.ts";
import { health, ready, start } from "./steps.ts";
import type { Seen } from "./world.ts";

/** A container that is to be up after a boot. */
export interface BootMember {
  readonly ctid: Ctid;
  readonly name: string;
  /** null: it starts at boot by itself. Otherwise the first that needs it. */
  readonly needed_by: Ctid | null;
  /** As the manifest says; null when unset. */
  readonly order: number | null;
  /** The order that counts; null comes last. */
  readonly turn: number | null;
  readonly delay_s: number;
  /** Members that have to be up first. */
  readonly dependencies: readonly Ctid[];
  /** What is not in the manifest and has to run first: virtual machines, other containers. */
  readonly outsiders: readonly number[];
  readonly running: boolean;
  /** The longest that it can take from its start until it is up, or has failed. */
  readonly timeout_s: number;
  /** Why it can't be started; null when it can. */
  readonly lost: string | null;
}

/** Somebody who is waited for: until it is up (dependency), or has been up or failed (order). */
export interface BootWait {
  readonly on: Ctid;
  readonly reason: "dependency" | "order";
}

/** The second half is about what a platform can't do as the plan says. */
export type BootReason =
  "CYCLE" | "MISSING" | "MANIFEST" | "DEPENDENCY" | "ORDER" | "OUTSIDER" | "TEMPLATE" | "VERSION" | "DELAY" | "SEQUENCE" | "HEALTH" | "HA";

export interface BootProblem {
  readonly severity: "error" | "warning";
  readonly reason: BootReason;
  /** null: it concerns the whole manifest. */
  readonly ctid: Ctid | null;
  readonly message: string;
}

export interface BootPlan {
  /** By turn, then by what they wait for, then by CTID. */
  readonly members: readonly BootMember[];
  /** Members that can start at the same time as far as orders and dependencies say, the first ones first. */
  readonly waves: readonly (readonly Ctid[])[];
  readonly problems: readonly BootProblem[];
}

/** The plan for a boot; with `only`, for these containers and what they need. */
export function planBoot(world: Seen, only: readonly Ctid[] | null = null): BootPlan {
  const { containers } = world.manifest;
  const chosen = only === null ? null : new Set(only);
  const roots = [...containers.values()].filter(({ ctid, boot }) => (chosen === null ? boot.start : chosen.has(ctid)));
  const lost = lostOnes(world);
  const reasons = withNeeded(roots, world, (ctid) => lost.has(ctid));
  const configs = [...containers.values()].filter(({ ctid }) => reasons.has(ctid));
  const turns = turnsOf(configs, (ctid) => reasons.get(ctid) === null);
  const members = configs.map((config) => memberOf(config, world, reasons.get(config.ctid) ?? null, turns, lost));
  const levels = levelsOf(members.filter((member) => member.lost === null));
  const level = ({ ctid }: BootMember) => levels.get(ctid) ?? 0;
  const ordered = members.toSorted((a, b) => compareTurns(a.turn, b.turn) || level(a) - level(b) || a.ctid - b.ctid);
  const able = ordered.filter((member) => member.lost === null);
  const waves = [...Map.groupBy(able, level)].toSorted(([a], [b]) => a - b).map(([, wave]) => wave.map(({ ctid }) => ctid));
  return { members: ordered, waves, problems: problemsOf(ordered, world, lost, chosen) };
}

/**
 * All of these members that one of them waits for. There is no circle: nobody has a later turn than what depends on it. Only for
 * who has to be told each: for all members they are as many as the square of them, where a comparison of turns says the same.
 */
export function waitsOf(member: BootMember, members: readonly BootMember[]): readonly BootWait[] {
  const needed = new Set(member.dependencies);
  return members.flatMap(({ ctid, turn }): readonly BootWait[] => {
    if (needed.has(ctid)) return [{ on: ctid, reason: "dependency" }];
    return compareTurns(turn, member.turn) < 0 ? [{ on: ctid, reason: "order" }] : [];
  });
}

/** The members, each with who needs it: null for the roots. Who can't be started needs nobody. */
function withNeeded(roots: readonly ContainerConfig[], world: Seen, isLost: (ctid: Ctid) => boolean): ReadonlyMap<Ctid, Ctid | null> {
  const reasons = new Map<Ctid, Ctid | null>(roots.map(({ ctid }) => [ctid, null]));
  for (const ctid of reasons.keys()) {
    if (isLost(ctid)) continue;
    for (const needed of world.manifest.containers.get(ctid)?.dependencies ?? []) {
      if (!reasons.has(needed) && world.manifest.containers.has(needed)) reasons.set(needed, ctid);
    }
  }
  return reasons;
}

function memberOf(
  config: ContainerConfig,
  world: Seen,
  needed_by: Ctid | null,
  turns: ReadonlyMap<Ctid, number | null>,
  lost: LostOnes,
): BootMember {
  const { ctid, name, boot, dependencies } = config;
  const { containers, broken } = world.manifest;
  const found = lost.get(ctid);
  const limitsOf = [start(), ready(config), ...health(config)].map(({ timeout_s }) => timeout_s);
  return {
    ctid,
    name,
    needed_by,
    order: boot.order,
    turn: turns.get(ctid) ?? null,
    delay_s: boot.delay_s,
    // In a circle everybody would wait for ever.
    dependencies: found?.reason === "CYCLE" ? [] : dependencies.filter((id) => containers.has(id)),
    outsiders: dependencies.filter((id) => !containers.has(id) && !broken.has(id)),
    running: world.inventory.containers.get(ctid)?.state === "running",
    timeout_s: limitsOf.reduce((sum, each) => sum + each, 0),
    lost: found?.message ?? null,
  };
}
