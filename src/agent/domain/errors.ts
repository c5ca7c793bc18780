/** What can go wrong, each with a stable name that reaches the client. Add a row here before using a new one. */
export const reasons = [
  "BACKEND_FAILED", // the platform said something that Phoenix has no name for; passed on whole
  "BUSY", // another run has the container
  "CANCELLED", // somebody asked for it
  "CONTAINER_EXISTS",
  "CONTAINER_MISSING", // not on the host
  "CONTAINER_NOT_RUNNING",
  "CONTAINER_RUNNING",
  "CONFIG_LOCK_TIMEOUT", // the platform's own short lock; transient
  "DENIED", // the role does not allow it
  "DEPENDENCY", // something that it depends on was refused or failed
  "DEVICE_MISSING",
  "EXIT_CODE", // a script or command ended with another code than 0
  "IN_USE", // somebody computes in it
  "INVALID", // an argument, a setting or a manifest entry
  "LEASED", // somebody was promised that it is not stopped
  "LOCKED", // by the platform: a backup, a migration, an unfinished rollback
  "MANIFEST", // an error in the manifest that concerns this container
  "NOT_FOUND", // a run
  "NOT_IN_MANIFEST",
  "NOT_TRUSTED", // no certificate, or one that is not good; a token that is not good
  "NOT_READY", // started, and did not come up
  "NO_GPU_MEMORY", // others have what it needs
  "NO_SPACE",
  "PROTECTED", // somebody was promised that the snapshot stays
  "ROTATING", // an earlier change of the authority has not ended
  "SCRIPT_MISSING",
  "SHUTTING_DOWN", // the agent takes no new runs
  "SNAPSHOT_EXISTS",
  "SNAPSHOT_MISSING",
  "SNAPSHOT_NOT_NEWEST", // the storage can only go back to its newest
  "SNAPSHOT_UNSUPPORTED", // the storage cannot
  "STATE_CHANGED", // somebody else changed the container in the middle
  "STORE", // the agent's own database
  "TIMEOUT",
  "TOO_MANY", // more calls than one client may make; transient
  "UNHEALTHY",
  "UNSUPPORTED", // the platform cannot do it
] as const;

export type Reason = (typeof reasons)[number];

/** Something that went wrong, as data: what, and what to do about it. An empty remedy means that nobody knows one. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly remedy: string;
  /** True when trying again a little later may help. */
  readonly transient: boolean;
}

/** A failure on its way up. Anything else that is thrown is a defect of Phoenix, or reported as BACKEND_FAILED. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly failure: Failure;

  constructor(reason: Reason, message: string, remedy = "", nature: "final" | "transient" = "final") {
    super(message);
    this.failure = { reason, message, remedy, transient: nature === "transient" };
  }
}

/** Takes anything that was thrown and gives it as a failure; what is not a Fault becomes BACKEND_FAILED with its message. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Fault) return thrown.failure;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { reason: "BACKEND_FAILED", message, remedy: "", transient: false };
}
