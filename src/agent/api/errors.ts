import { Metadata, status } from "@grpc/grpc-js";
import { encodeError, type Contract, type ErrorReport } from "../../../proto/index.ts";
import { Fault, toFailure, type Reason } from "../domain/errors.ts";
import type { Blocker, Plan } from "../domain/plan.ts";

/** gRPC's own code for each reason. It is for clients that know no reasons; ErrorInfo has the reason itself. */
export const codes = {
  BACKEND_FAILED: status.INTERNAL,
  BUSY: status.ABORTED,
  CANCELLED: status.CANCELLED,
  CONFIG_LOCK_TIMEOUT: status.ABORTED,
  CONTAINER_EXISTS: status.ALREADY_EXISTS,
  CONTAINER_MISSING: status.NOT_FOUND,
  CONTAINER_NOT_RUNNING: status.FAILED_PRECONDITION,
  CONTAINER_RUNNING: status.FAILED_PRECONDITION,
  DENIED: status.PERMISSION_DENIED,
  DEPENDENCY: status.FAILED_PRECONDITION,
  DEVICE_MISSING: status.FAILED_PRECONDITION,
  EXIT_CODE: status.UNKNOWN,
  IN_USE: status.FAILED_PRECONDITION,
  INVALID: status.INVALID_ARGUMENT,
  LEASED: status.FAILED_PRECONDITION,
  LOCKED: status.FAILED_PRECONDITION,
  MANIFEST: status.FAILED_PRECONDITION,
  NOT_FOUND: status.NOT_FOUND,
  NOT_IN_MANIFEST: status.NOT_FOUND,
  NOT_READY: status.FAILED_PRECONDITION,
  NOT_TRUSTED: status.UNAUTHENTICATED,
  NO_GPU_MEMORY: status.FAILED_PRECONDITION,
  NO_SPACE: status.RESOURCE_EXHAUSTED,
  PROTECTED: status.FAILED_PRECONDITION,
  ROTATING: status.FAILED_PRECONDITION,
  SCRIPT_MISSING: status.FAILED_PRECONDITION,
  SHUTTING_DOWN: status.UNAVAILABLE,
  SNAPSHOT_EXISTS: status.ALREADY_EXISTS,
  SNAPSHOT_MISSING: status.NOT_FOUND,
  SNAPSHOT_NOT_NEWEST: status.FAILED_PRECONDITION,
  SNAPSHOT_UNSUPPORTED: status.FAILED_PRECONDITION,
  STATE_CHANGED: status.ABORTED,
  STORE: status.INTERNAL,
  TIMEOUT: status.DEADLINE_EXCEEDED,
  TOO_MANY: status.RESOURCE_EXHAUSTED,
  UNHEALTHY: status.FAILED_PRECONDITION,
  UNSUPPORTED: status.FAILED_PRECONDITION,
} as const satisfies Record<Reason, status>;

/** After which time a caller who was refused for another run should ask again. */
const retryMs = 5000;

/** Trailers have little room; the journal keeps the whole text. */
const longest = 1000;

/** Thrown when nothing of a request may begin. Carries every blocker of every plan. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly blockers: readonly Blocker[];

  constructor(plans: readonly Plan[]) {
    const blockers = plans.flatMap((plan) => plan.blockers);
    const several = plans.length > 1;
    super(blockers.map(({ ctid, message }) => (several ? `${ctid}: ${message}` : message)).join("; "));
    this.blockers = blockers;
  }
}

/** What grpc-js sends when a call has failed. */
export interface ErrorStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** True for what nobody foresaw. */
export function isDefect(thrown: unknown): boolean {
  return !(thrown instanceof Fault) && !(thrown instanceof Refusal);
}

/** Anything that was thrown, as a status with its details. The stack stays here. */
export function toStatus(contract: Contract, thrown: unknown): ErrorStatus {
  const report = shorten(toReport(thrown));
  const code = codeOf(thrown);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", encodeError(contract, code, report));
  return { code, details: report.message, metadata };
}

function codeOf(thrown: unknown): status {
  if (thrown instanceof Refusal) return status.FAILED_PRECONDITION;
  return thrown instanceof Fault ? codes[thrown.failure.reason] : status.INTERNAL;
}

/** Anything that was thrown, as data. */
export function toReport(thrown: unknown): ErrorReport {
  if (thrown instanceof Refusal) return refusalReport(thrown);
  const { reason, message, remedy, transient } = toFailure(thrown);
  const retry_ms = reason === "BUSY" || transient ? retryMs : null;
  return { reason, message, remedy, blockers: [], more_blockers: 0, retry_ms };
}

/** The reason and remedy of the whole are those of its only blocker; of several, each has its own. */
function refusalReport({ message, blockers }: Refusal): ErrorReport {
  const [first, ...others] = blockers;
  const remedy = others.length === 0 ? (first?.remedy ?? "") : "";
  const waits = blockers.length > 0 && blockers.every(({ reason }) => reason === "BUSY");
  return { reason: first?.reason ?? "INVALID", message, remedy, blockers, more_blockers: 0, retry_ms: waits ? retryMs : null };
}

function shorten(report: ErrorReport): ErrorReport {
  const blockers = report.blockers.map((blocker) => ({ ...blocker, message: clip(blocker.message), remedy: clip(blocker.remedy) }));
  return { ...report, message: clip(report.message), remedy: clip(report.remedy), blockers };
}

/** grpc-js can't send half a surrogate pair, so none is left over. */
function clip(text: string): string {
  const short = text.length <= longest ? text : `${text.slice(0, longest)}…`;
  return short.toWellFormed();
}
