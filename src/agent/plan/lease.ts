import { leaseText, type Lease } from "../domain/lease.ts";
import type { Step } from "../domain/step.ts";
import type { Subject } from "./subject.ts";

/** The lease that keeps this container running; null when it has none, or is down already. */
export function leaseOf({ ctid, container, world }: Subject): Lease | null {
  const isUp = container !== null && container.state !== "stopped";
  return isUp ? (world.leases.get(ctid) ?? null) : null;
}

/** Whether these steps take the container down, be it only to bring it up again. */
export function takesDown(steps: readonly Step[]): boolean {
  return steps.some(({ action }) => action.do === "stop" || action.do === "restore");
}

/** Why the container stays up where it would be shut down otherwise. */
export function keptUp(lease: Lease): string {
  return `left running: ${leaseText(lease)}`;
}
