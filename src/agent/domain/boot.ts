import type { RunRecord } from "./journal.ts";
import { hasEnded } from "./run.ts";

/** Who starts containers when the host has booted. Never both, and never nobody. */
export type BootOwner = "proxmox" | "agent";

/** The owner, with the change of owner that is under way. */
export interface Ownership {
  readonly owner: BootOwner;
  /** When somebody chose it for the last time, milliseconds since 1970; null: nobody has, and the settings count. */
  readonly since: number | null;
  /** Until every run of this request has succeeded, the agent is the owner, which starts what does not run, whoever else does. */
  readonly change: { readonly to: BootOwner; readonly request_id: string } | null;
  /** Why the newest change of owner did not come to its end; "" when it did. */
  readonly trouble: string;
}

/** A boot of the host, seen by the agent. */
export interface HostBoot {
  readonly boot_id: string;
  /** Milliseconds since 1970. */
  readonly seen: number;
  /** "first": the agent had not seen this host before, and has left it as it was. Otherwise who was to start containers. */
  readonly left_to: BootOwner | "first";
  /** What came of it, where that is more than runs can tell; "" otherwise. */
  readonly remark: string;
}

/** Where both are kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface BootBook {
  /** null: nobody has chosen. */
  readonly ownership: () => Ownership | null;
  readonly choose: (ownership: Ownership) => void;
  /** The newest boot; null when none was seen. */
  readonly newest: () => HostBoot | null;
  /** Writes a boot down; only the newest few are kept. */
  readonly keep: (boot: HostBoot) => void;
}

/** The ownership after what has become of the runs of its change; null: they were not written down yet. */
export function settled(ownership: Ownership, runs: readonly RunRecord[] | null): Ownership {
  const { change } = ownership;
  if (change === null || runs === null || !runs.every(({ state }) => hasEnded(state))) return ownership;
  const failed = runs.find(({ state }) => state.phase !== "succeeded");
  return failed === undefined
    ? { ...ownership, owner: change.to, change: null, trouble: "" }
    : { ...ownership, change: null, trouble: troubleOf(failed) };
}

function troubleOf({ plan, state }: RunRecord): string {
  return `${plan.request.ctid}: ${state.failure?.failure.message ?? state.phase}`;
}
