import { status, type ServiceError } from "@grpc/grpc-js";
import { decodeError, detailsKey } from "../../../proto/error.ts";
import type { Contract, ErrorReport } from "../../../proto/index.ts";

/** A call that failed: its gRPC status, and what the agent said about it, where it was the agent that spoke. */
export class Trouble extends Error {
  override readonly name = "Trouble";
  readonly code: status;
  readonly report: ErrorReport | null;

  constructor(code: status, message: string, report: ErrorReport | null) {
    super(message);
    this.code = code;
    this.report = report;
  }
}

/** A request that was not sent, since the agent would not have understood all of it. */
export class TooOld extends Trouble {
  /** The abilities that it lacks. */
  readonly lacking: readonly string[];

  constructor(lacking: readonly string[]) {
    super(status.UNIMPLEMENTED, `the agent lacks ${lacking.join(", ")}`, null);
    this.lacking = lacking;
  }
}

/** What grpc-js threw, with the agent's details read; what is a Trouble already as it is. */
export function troubleOf(error: ServiceError | Trouble, contract: Contract): Trouble {
  if (error instanceof Trouble) return error;
  const bytes = error.metadata?.get(detailsKey)[0];
  return new Trouble(error.code, error.details, bytes instanceof Buffer ? reportOf(contract, bytes) : null);
}

/** Whether the agent could not be reached, as opposed to having said no. */
export function isOutOfReach(trouble: Trouble): boolean {
  if (trouble.report !== null) return false;
  return lost.has(trouble.code) || (blurred.has(trouble.code) && broken.test(trouble.message));
}

/** What grpc-js makes of a connection that breaks, or that can't be made. */
const lost: ReadonlySet<status> = new Set([status.UNAVAILABLE, status.CANCELLED]);
/** The same, but of a defect of the agent as well; grpc-js tells of a connection in words of its own. */
const blurred: ReadonlySet<status> = new Set([status.INTERNAL, status.UNKNOWN]);
const broken = /RST_STREAM|without gRPC status|HTTP status|\bE[A-Z]{4,}\b/;

function reportOf(contract: Contract, bytes: Buffer): ErrorReport | null {
  try {
    return decodeError(contract, bytes);
  } catch {
    return null; // Details that can't be read must not hide the status and its message.
  }
}
