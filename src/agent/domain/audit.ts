/** A call, as the audit has it. */
export interface AuditedCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The name in the certificate; "local" for the host's own socket, "-" for somebody without a valid certificate. */
  readonly who: string;
  /** The sha256 of the certificate, hex; empty when there was none. */
  readonly fingerprint: string;
  /** Empty for the host's own socket. */
  readonly address: string;
  /** As /package.Service/Method. */
  readonly method: string;
  /** The request as JSON, without secrets. */
  readonly arguments: string;
}

/** What became of a call: "OK" or the reason of the error, and the run that it began or the error's message. */
export interface AuditedResult {
  readonly result: string;
  readonly detail: string;
}

/** A call with its result, which is null while it goes on, and for good when the agent ended before the call did. */
export interface AuditEntry extends AuditedCall {
  readonly no: number;
  readonly outcome: AuditedResult | null;
  /** How many calls it stands for. */
  readonly times: number;
}

/** A place in the audit: the number of a row, and its hash, which covers everything before it as well. */
export interface AuditMark {
  readonly no: number;
  readonly hash: Uint8Array;
}

/** What a look at all rows has found. */
export interface AuditVerdict {
  /** Rows that are as they were written, up to the first that is not. */
  readonly rows: number;
  /** null: nothing is wrong. */
  readonly problem: string | null;
  /** The newest row, whatever it is worth. */
  readonly newest: AuditMark;
  /** The number of the oldest row that is kept. */
  readonly oldest: number;
}

/**
 * Where the audit is kept: rows that are only ever added, each with a hash over itself and the one before. Each call is one transaction
 * that is on disk when it returns, and throws Fault STORE.
 */
export interface AuditBook {
  /** Writes that a call begins, and gives its number. */
  readonly begin: (call: AuditedCall) => number;
  /** Writes what became of the call with this number. */
  readonly end: (no: number, at: number, outcome: AuditedResult) => void;
  /** Writes calls that are over when they are written. */
  readonly whole: (call: AuditedCall, outcome: AuditedResult, times: number) => void;
  /** Newest first; `before` is a number, null for the newest; `who` is a name, null for everybody. */
  readonly list: (limit: number, before: number | null, who: string | null) => readonly AuditEntry[];
  /** Looks at all rows, a few at a time. `known` must still be there. */
  readonly verify: (known: AuditMark | null) => Promise<AuditVerdict>;
  /** Forgets the rows that are older than a time, from the oldest on, and gives how many those were. */
  readonly prune: (before: number) => number;
}
