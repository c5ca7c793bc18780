import type { ContainerConfig } from "../config/manifest-types.ts";
import type { Ctid } from "../domain/container.ts";
import type { BootReason } from "./boot.ts";
import { neededFirst, needingOf, type Needs } from "./needs.ts";
import type { Seen } from "./world.ts";

interface Lost {
  readonly reason: BootReason;
  readonly message: string;
}

/** Containers that can't be started. */
export type LostOnes = ReadonlyMap<Ctid, Lost>;

/** The containers of the manifest that can't be started, with the reason: their own, or that of what they need. */
export function lostOnes(world: Seen): LostOnes {
  const { containers, broken } = world.manifest;
  const configs = [...containers.values()];
  const circling = new Set(mayCircle(configs).map(({ ctid }) => ctid));
  const lost = new Map<Ctid, Lost>();
  for (const config of configs) {
    const own = ownReason(config, world, circling);
    if (own !== null) lost.set(config.ctid, own);
  }
  spread([...broken.keys(), ...lost.keys()], needingOf(configs), lost);
  return lost;
}

/** What needs one of these is lost as well, and what needs that: each for the first of them that it is found through. */
function spread(first: readonly Ctid[], needing: ReadonlyMap<number, readonly Needs[]>, lost: Map<Ctid, Lost>): void {
  const through = (needed: Ctid) => (needing.get(needed) ?? []).map(({ ctid }) => ({ ctid, needed })).toReversed();
  const found = first.toReversed().flatMap(through);
  for (let next = found.pop(); next !== undefined; next = found.pop()) {
    const { ctid, needed } = next;
    if (lost.has(ctid)) continue;
    lost.set(ctid, { reason: "DEPENDENCY", message: `it needs ${needed}, which can't be started` });
    found.push(...through(ctid));
  }
}

function ownReason({ ctid, dependencies }: ContainerConfig, world: Seen, circling: ReadonlySet<Ctid>): Lost | null {
  const { containers, broken } = world.manifest;
  const { inventory } = world;
  // A circle comes first: what is wrong besides, its dependencies are not to be waited for.
  const cycle = circling.has(ctid) ? cycleOf(ctid, world, circling) : null;
  if (cycle !== null) return { reason: "CYCLE", message: `it needs itself first: ${cycle.join(" -> ")}` };
  if (inventory.machines.has(ctid)) {
    return { reason: "MISSING", message: "it is a virtual machine on this host; its container has to have another number" };
  }
  if (!inventory.containers.has(ctid)) {
    return { reason: "MISSING", message: `it does not exist on this host; phoenixctl orchestrate ${ctid} makes it` };
  }
  const isKnown = (id: number) => containers.has(id) || broken.has(id) || inventory.containers.has(id) || inventory.machines.has(id);
  const missing = dependencies.find((id) => !isKnown(id));
  if (missing === undefined) return null;
  return { reason: "MISSING", message: `it needs ${missing}, which is neither in the manifest nor on this host` };
}

/** Everybody on a circle, and who is between two: the others need nobody of these, or are needed by nobody of them. */
function mayCircle(configs: readonly Needs[]): readonly Needs[] {
  const left = without(configs, neededFirst(configs));
  const needing = needingOf(left);
  const backwards = left.map(({ ctid }) => ({ ctid, dependencies: (needing.get(ctid) ?? []).map((other) => other.ctid) }));
  return without(backwards, neededFirst(backwards));
}

function without<T>(all: readonly T[], gone: readonly T[]): readonly T[] {
  const set = new Set(gone);
  return all.filter((one) => !set.has(one));
}

/** The shortest way from a container back to itself; null when there is none. */
function cycleOf(start: Ctid, { manifest }: Seen, circling: ReadonlySet<Ctid>): readonly Ctid[] | null {
  const from = new Map<Ctid, Ctid>();
  const queue = [start];
  for (const ctid of queue) {
    for (const needed of manifest.containers.get(ctid)?.dependencies ?? []) {
      if (needed === start) return [...wayTo(ctid, from), start];
      if (from.has(needed) || !circling.has(needed)) continue;
      from.set(needed, ctid);
      queue.push(needed);
    }
  }
  return null;
}

/** The way that a search has come, from its start on. */
function wayTo(last: Ctid, from: ReadonlyMap<Ctid, Ctid>): readonly Ctid[] {
  const way: Ctid[] = [];
  for (let at: Ctid | undefined = last; at !== undefined; at = from.get(at)) way.push(at);
  return way.toReversed();
}
