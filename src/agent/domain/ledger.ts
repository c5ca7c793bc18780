import type { Ctid } from "./container.ts";
import type { Action, BlobHash } from "./step.ts";

/** What has been applied to a root file system: "feature.docker" or "application", each with the hash of what was applied. */
export type Applied = Readonly<Record<string, BlobHash>>;

/** What is known of one container's root file system, and of each of its snapshots. */
export interface Ledger {
  readonly live: Applied;
  readonly snapshots: Readonly<Record<string, Applied>>;
}

export const emptyLedger: Ledger = { live: {}, snapshots: {} };

/** The ledgers of a host. A container that is not in it has an empty one. */
export type Ledgers = ReadonlyMap<Ctid, Ledger>;

/** The ledger after an action was done. Restoring a snapshot takes the ledger back with it. */
export function record(ledger: Ledger, action: Action): Ledger {
  switch (action.do) {
    case "create":
    case "destroy":
      return emptyLedger;
    case "feature":
      return { ...ledger, live: { ...ledger.live, [`feature.${action.feature}`]: action.blob } };
    case "application":
      return { ...ledger, live: { ...ledger.live, application: action.hash } };
    case "snapshot":
      return { ...ledger, snapshots: { ...ledger.snapshots, [action.name]: ledger.live } };
    case "restore":
      return { ...ledger, live: ledger.snapshots[action.name] ?? {} };
    case "delete-snapshot": {
      const { [action.name]: _deleted, ...snapshots } = ledger.snapshots;
      return { ...ledger, snapshots };
    }
    default:
      return ledger;
  }
}
