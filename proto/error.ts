import type { Contract } from "./index.ts";
import type { Blocker__Output } from "./gen/phoenix/v1/Blocker.ts";

/** The metadata key under which errors carry their details. */
export const detailsKey = "grpc-status-details-bin";

/** Who made the reasons in ErrorInfo. */
const domain = "phoenix";

/** Trailers have little room: clients in other languages refuse more than 8 KiB, of which base64 takes a quarter. */
const maxBytes = 5000;

/** An error as data: what happened, what to do about it, and everything that kept it from being done. */
export interface ErrorReport {
  /** A stable word, for example BUSY. */
  readonly reason: string;
  readonly message: string;
  /** Empty when nobody knows one. */
  readonly remedy: string;
  readonly blockers: readonly Blocker__Output[];
  /** Blockers that had no room; PlanRun gives all of them. */
  readonly more_blockers: number;
  /** After how long trying again may help; null when it won't. */
  readonly retry_ms: number | null;
}

/**
 * google.rpc.Status with ErrorInfo (reason, domain, metadata), PreconditionFailure (a violation for each blocker: its reason as
 * type, CTID as subject, message as description) and RetryInfo. Remedies have no place of their own in them, so they are in
 * the metadata of ErrorInfo: "remedy" is the error's, "remedy.0" the first violation's, and so on.
 */
export function encodeError(contract: Contract, code: number, report: ErrorReport): Buffer {
  for (let fitting = report.blockers.length; ; fitting = Math.floor(fitting / 2)) {
    const bytes = encode(contract, code, shorten(report, fitting));
    if (bytes.length <= maxBytes || fitting === 0) return bytes;
  }
}

/** The reverse; null when the bytes are no error of Phoenix. */
export function decodeError(contract: Contract, bytes: Uint8Array): ErrorReport | null {
  const { details } = contract;
  const status = details.status.deserialize(Buffer.from(bytes));
  const find = <T>(name: string, read: (bytes: Buffer) => T): T | null => {
    const any = status.details.find(({ type_url }) => type_url.endsWith(`/${name}`));
    return any === undefined ? null : read(Buffer.from(any.value));
  };
  const info = find("google.rpc.ErrorInfo", details.info.deserialize);
  if (info?.domain !== domain) return null;
  const retry = find("google.rpc.RetryInfo", details.retry.deserialize)?.retry_delay;
  const violations = find("google.rpc.PreconditionFailure", details.precondition.deserialize)?.violations ?? [];
  return {
    reason: info.reason,
    message: status.message,
    remedy: info.metadata["remedy"] ?? "",
    blockers: violations.map(({ type, subject, description }, i) => ({
      reason: type,
      ctid: Number(subject),
      message: description,
      remedy: info.metadata[`remedy.${i}`] ?? "",
    })),
    more_blockers: Number(info.metadata["more_blockers"] ?? 0),
    retry_ms: retry == null ? null : retry.seconds * 1000 + retry.nanos / 1e6,
  };
}

function shorten(report: ErrorReport, blockers: number): ErrorReport {
  return {
    ...report,
    blockers: report.blockers.slice(0, blockers),
    more_blockers: report.more_blockers + report.blockers.length - blockers,
  };
}

function encode({ details }: Contract, code: number, report: ErrorReport): Buffer {
  const info = details.info.serialize({ reason: report.reason, domain, metadata: metadata(report) });
  const violations = report.blockers.map(({ reason, ctid, message }) => ({ type: reason, subject: String(ctid), description: message }));
  const any = (name: string, value: Buffer) => ({ type_url: `type.googleapis.com/${name}`, value });
  return details.status.serialize({
    code,
    message: report.message,
    details: [
      any("google.rpc.ErrorInfo", info),
      ...(violations.length === 0 ? [] : [any("google.rpc.PreconditionFailure", details.precondition.serialize({ violations }))]),
      ...(report.retry_ms === null
        ? []
        : [any("google.rpc.RetryInfo", details.retry.serialize({ retry_delay: duration(report.retry_ms) }))]),
    ],
  });
}

function metadata(report: ErrorReport): Record<string, string> {
  const rows: readonly (readonly [string, string])[] = [
    ["remedy", report.remedy],
    ...report.blockers.map(({ remedy }, i) => [`remedy.${i}`, remedy] as const),
    ["more_blockers", report.more_blockers === 0 ? "" : String(report.more_blockers)],
  ];
  return Object.fromEntries(rows.filter(([, value]) => value !== ""));
}

function duration(ms: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
