import type { Ctid } from "../domain/container.ts";
import type { BootReason } from "./boot.ts";
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
  const lost = new Map<Ctid, Lost>();
  for (const ctid of containers.keys()) {
    const own = ownReason(ctid, world);
    if (own !== null) lost.set(ctid, own);
  }
  for (const needed of [...broken.keys(), ...lost.keys()]) spread(needed, world, lost);
  return lost;
}

function spread(needed: Ctid, world: Seen, lost: Map<Ctid, Lost>): void {
  for (const { ctid, dependencies } of world.manifest.containers.values()) {
    if (lost.has(ctid) || !dependencies.includes(needed)) continue;
    lost.set(ctid, { reason: "DEPENDENCY", message: `it needs ${needed}, which can't be started` });
    spread(ctid, world, lost);
  }
}

function ownReason(ctid: Ctid, world: Seen): Lost | null {
  const { containers, broken } = world.manifest;
  const { inventory } = world;
  // A circle comes first: what is wrong besides, its dependencies are not to be waited for.
  const cycle = cycleOf(ctid, world);
  if (cycle !== null) return { reason: "CYCLE", message: `it needs itself first: ${cycle.join(" -> ")}` };
  if (!inventory.containers.has(ctid)) {
    return { reason: "MISSING", message: `it does not exist on this host; phoenixctl orchestrate ${ctid} makes it` };
  }
  const isKnown = (id: number) => containers.has(id) || broken.has(id) || inventory.containers.has(id) || inventory.machines.has(id);
  const missing = containers.get(ctid)?.dependencies.find((id) => !isKnown(id));
  if (missing === undefined) return null;
  return { reason: "MISSING", message: `it needs ${missing}, which is neither in the manifest nor on this host` };
}

/** The shortest way from a container back to itself; null when there is none. */
function cycleOf(start: Ctid, { manifest }: Seen): readonly Ctid[] | null {
  const ways: (readonly Ctid[])[] = [[start]];
  const seen = new Set<Ctid>();
  for (const way of ways) {
    for (const needed of manifest.containers.get(way.at(-1) ?? start)?.dependencies ?? []) {
      if (needed === start) return [...way, start];
      if (seen.has(needed)) continue;
      seen.add(needed);
      ways.push([...way, needed]);
    }
  }
  return null;
}
