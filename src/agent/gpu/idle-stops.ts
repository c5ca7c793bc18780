import type { Ctid } from "../domain/container.ts";
import { sumOf, usesOf } from "../plan/gpu-use.ts";
import type { World } from "../plan/world.ts";

/**
 * Who is to be stopped for having been idle for so long: who runs and holds GPU memory, is neither leased nor told by the
 * manifest to stay on, and has no run.
 */
export function idleStops(world: World, after_ms: number): readonly Ctid[] {
  return [...world.gpu.idle].flatMap(([ctid, idle_ms]) => {
    const holds = sumOf(usesOf(ctid, world).map(({ used_mib }) => used_mib)) !== 0;
    const isUp = world.inventory.containers.get(ctid)?.state === "running";
    const isKept = world.leases.has(ctid) || world.active.has(ctid) || world.manifest.containers.get(ctid)?.power === "on";
    return idle_ms >= after_ms && holds && isUp && !isKept ? [ctid] : [];
  });
}
