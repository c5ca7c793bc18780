import { Fault } from "../../domain/errors.ts";
import type { Sim } from "./perform.ts";

/** Throws Fault NO_SPACE when a pool is known to have less than so many GiB. */
export function needSpace(sim: Sim, pool: string, gb: number): void {
  const free = sim.options.free_bytes[pool] ?? Infinity;
  if (gb * 2 ** 30 > free)
    throw new Fault("NO_SPACE", `${pool} has ${Math.floor(free / 2 ** 30)} GiB free, ${gb} GiB are needed`, "make room");
}
