import { appendFileSync } from "node:fs";
import type { Ctid } from "../../domain/container.ts";

/** The calls of the driver by which something changes. */
export const callNames = [
  "create",
  "destroy",
  "configure",
  "attach",
  "start",
  "stop",
  "snapshot",
  "restore",
  "deleteSnapshot",
  "exec",
  "runInside",
  "runOnHost",
  "endLeftovers",
] as const;

export type CallName = (typeof callNames)[number];

/** A call that was made, whether or not anything came of it. `what` says with which arguments. */
export interface CallRecord {
  readonly at: number;
  readonly call: CallName;
  readonly ctid: Ctid;
  readonly run: string;
  readonly what: unknown;
}

/** Remembers calls, and appends them to a file if there is one. */
export function callLog(file: string | null): { readonly add: (record: CallRecord) => void; readonly all: () => readonly CallRecord[] } {
  const records: CallRecord[] = [];
  return {
    add: (record) => {
      records.push(record);
      if (file !== null) appendFileSync(file, `${JSON.stringify(record)}\n`);
    },
    all: () => [...records],
  };
}
