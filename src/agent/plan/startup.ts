// A boot plan in the words of Proxmox (facts of its scheduler in docs/boot.md), and what it has no words for. Pure.
//
// - Before 9.1.2 guests start one after another, by order, then by id; after each its `up` is waited. So a delay before X is the
//   `up` of the container right before X.
// - From 9.1.2 on the guests of an order start together, and `up` counts from their launch. So the delay of an order, which is the
//   longest of its members, is the `up` of every container of the order before.
// - `down` is how long a container has to shut down; never a delay.
import type { BootOwner } from "../domain/boot.ts";
import type { Autostart, Ctid } from "../domain/container.ts";
import { startupText } from "../domain/startup.ts";
import type { BootMember, BootPlan, BootProblem } from "./boot.ts";
import { compareTurns, turnGroups } from "./boot-order.ts";
import { needingOf } from "./needs.ts";
import type { Seen } from "./world.ts";

/** How Proxmox starts what has onboot. */
export interface Scheduler {
  readonly starts: "one by one" | "an order at a time";
  readonly version: string;
  readonly known: "installed" | "said" | "assumed";
}

/** The first version that starts the guests of an order together. */
const together = [9, 1, 2];

/** null where the platform starts nothing. */
export function schedulerOf(autostart: Autostart): Scheduler | null {
  if (autostart.by === "nothing") return null;
  const { version, known } = autostart;
  return { starts: isAtLeast(version, together) ? "an order at a time" : "one by one", version, known };
}

/** Compares by the numbers that a version begins with; what is missing is 0. */
function isAtLeast(version: string, least: readonly number[]): boolean {
  const numbers = /^\d+(?:\.\d+)*/.exec(version)?.[0].split(".").map(Number) ?? [];
  for (const [at, wanted] of least.entries()) {
    const has = numbers[at] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}

/** The `startup` of each member that can be started, in the sequence in which Proxmox goes through them. */
export function startups(boot: BootPlan, world: Seen, scheduler: Scheduler): ReadonlyMap<Ctid, string> {
  const members = sequence(boot);
  const orders = turnGroups(members);
  const after = new Map(orders.map(([first], at) => [first?.turn, orders[at + 1] ?? []]));
  return new Map(
    members.map(({ ctid, turn }, at) => {
      const next = scheduler.starts === "one by one" ? members.slice(at + 1, at + 2) : (after.get(turn) ?? []);
      const down_s = world.manifest.containers.get(ctid)?.shutdown_timeout_s ?? null;
      return [ctid, startupText({ order: turn, up_s: longestDelay(next), down_s })];
    }),
  );
}

/** What Proxmox can't do as the plan says. */
export function limitsOf(boot: BootPlan, scheduler: Scheduler): readonly BootProblem[] {
  const members = sequence(boot);
  const orders = turnGroups(members);
  const byCtid = new Map(members.map((member) => [member.ctid, member]));
  const needing = needingOf(members);
  return [
    ...versionLimit(scheduler),
    ...firstDelay(orders, scheduler),
    ...(scheduler.starts === "one by one"
      ? orders.flatMap(addedDelays)
      : [...orders.slice(1).flatMap(unequalDelays), ...launchDelays(orders)]),
    ...members.flatMap((member) => sameOrder(member, byCtid, scheduler)),
    ...members.flatMap(({ ctid }) => unhealthy(ctid, needing.get(ctid) ?? [])),
    ...members.flatMap(unawaited),
  ];
}

/** What the HA manager starts goes by its own state there; Proxmox passes it over when it starts what has onboot. */
export function haLimits(boot: BootPlan, autostart: Autostart, owner: BootOwner): readonly BootProblem[] {
  const ids = autostart.by === "proxmox" ? autostart.under_ha : new Set<Ctid>();
  const what = owner === "agent" ? "the HA manager starts it too" : "the HA manager starts it, whatever its onboot and startup say";
  return sequence(boot).flatMap(({ ctid }) => {
    return ids.has(ctid) ? [limit("HA", ctid, `it is under HA: ${what}`)] : [];
  });
}

function sequence({ members }: BootPlan): readonly BootMember[] {
  return members.filter(({ lost }) => lost === null).toSorted((a, b) => compareTurns(a.turn, b.turn) || a.ctid - b.ctid);
}

function longestDelay(members: readonly BootMember[]): number {
  return Math.max(0, ...members.map(({ delay_s }) => delay_s));
}

function limit(reason: BootProblem["reason"], ctid: Ctid | null, message: string): BootProblem {
  return { severity: "warning", reason, ctid, message };
}

function versionLimit({ known, starts }: Scheduler): readonly BootProblem[] {
  if (known !== "assumed") return [];
  const what = `the version of Proxmox is not known, so it is taken for one that starts ${starts}`;
  return [limit("VERSION", null, `${what}; proxmox.version in agent.yaml says otherwise`)];
}

/** Nothing is started before it that could wait. */
function firstDelay([first = []]: readonly (readonly BootMember[])[], { starts }: Scheduler): readonly BootProblem[] {
  const heads = starts === "one by one" ? first.slice(0, 1) : first;
  const delay = longestDelay(heads);
  if (delay === 0) return [];
  const [head] = heads.filter(({ delay_s }) => delay_s === delay);
  const remedy = `for the whole host there is: pvenode config set --startall-onboot-delay ${delay}`;
  return [limit("DELAY", head?.ctid ?? null, `its delay of ${delay} s is not waited, since nothing starts before it; ${remedy}`)];
}

function addedDelays(order: readonly BootMember[]): readonly BootProblem[] {
  const sum = order.reduce((all, { delay_s }) => all + delay_s, 0);
  const longest = longestDelay(order);
  if (sum === longest) return [];
  const message = `${idsOf(order)} start one after another, so their delays add up to ${sum} s, where the plan waits ${longest} s at most`;
  return [limit("DELAY", null, `${orderText(order)}: ${message}`)];
}

function unequalDelays(order: readonly BootMember[]): readonly BootProblem[] {
  const longest = longestDelay(order);
  if (order.every(({ delay_s }) => delay_s === longest)) return [];
  const shorter = order.filter(({ delay_s }) => delay_s < longest);
  return [limit("DELAY", null, `${orderText(order)}: all start together after ${longest} s, ${idsOf(shorter)} later than the plan says`)];
}

function launchDelays(orders: readonly (readonly BootMember[])[]): readonly BootProblem[] {
  if (orders.slice(1).every((order) => longestDelay(order) === 0)) return [];
  return [limit("DELAY", null, "a delay counts from the launch of the order before it, not from when that is up")];
}

function sameOrder(
  { ctid, turn, dependencies }: BootMember,
  byCtid: ReadonlyMap<Ctid, BootMember>,
  { starts }: Scheduler,
): readonly BootProblem[] {
  const needed = dependencies.toSorted((a, b) => a - b).flatMap((id) => byCtid.get(id) ?? []);
  const same = needed.filter((other) => other.turn === turn);
  const early = starts === "one by one" ? same.filter((other) => other.ctid > ctid) : same;
  if (early.length === 0) return [];
  const how = starts === "one by one" ? "which starts after it, since one order goes by CTID" : "which starts at the same time";
  return [limit("SEQUENCE", ctid, `it needs ${idsOf(early)} of the same order, ${how}; a lower boot_order for ${idsOf(early)} helps`)];
}

/** Said once, where it is needed. */
function unhealthy(ctid: Ctid, needing: readonly BootMember[]): readonly BootProblem[] {
  if (needing.length === 0) return [];
  const verb = needing.length === 1 ? "needs" : "need";
  return [limit("HEALTH", ctid, `${idsOf(needing)} ${verb} it; that it is healthy, or has started at all, is not waited for`)];
}

function unawaited({ ctid, outsiders }: BootMember): readonly BootProblem[] {
  if (outsiders.length === 0) return [];
  return [limit("OUTSIDER", ctid, `it needs ${outsiders.join(", ")}, which is not waited for; a lower order in its own startup helps`)];
}

function idsOf(members: readonly BootMember[]): string {
  return members.map(({ ctid }) => ctid).join(", ");
}

function orderText([first]: readonly BootMember[]): string {
  return first?.turn == null ? "no order" : `order ${first.turn}`;
}
