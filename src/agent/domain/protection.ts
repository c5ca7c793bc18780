import type { Container, Ctid, Snapshot } from "./container.ts";

/** A promise that a snapshot is neither deleted nor replaced before it is taken back. Times are milliseconds since 1970. */
export interface Protection {
  readonly ctid: Ctid;
  readonly name: string;
  /** When the snapshot was taken, by which it is told from another one of its name; null where the platform does not say. */
  readonly created: number | null;
  readonly since: number;
}

/** Where protections are kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface ProtectionBook {
  /** Writes a protection in place of the one that a snapshot of this name may have. */
  readonly keep: (protection: Protection) => void;
  /** Forgets one. */
  readonly drop: (ctid: Ctid, name: string) => void;
  readonly all: () => readonly Protection[];
}

/** Whether a snapshot is protected. One that took the name of a protected one, which somebody else has removed, is not. */
export function isProtected({ ctid }: Pick<Container, "ctid">, snapshot: Snapshot, protections: readonly Protection[]): boolean {
  return protections.some((each) => each.ctid === ctid && each.name === snapshot.name && each.created === snapshot.created);
}
