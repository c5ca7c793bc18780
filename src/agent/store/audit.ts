import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import type { AuditBook, AuditEntry, AuditMark, AuditVerdict, AuditedCall, AuditedResult } from "../domain/audit.ts";
import { guarded, storeFault } from "./faults.ts";

/** What a row says: a call, its end, or both. The text of it is what is hashed. */
type Body =
  AuditedCall | (AuditedCall & AuditedResult & { readonly times: number }) | (AuditedResult & { readonly at: number; readonly of: number });

interface Row {
  readonly no: number;
  readonly body: string;
  readonly hash: Buffer;
}

const beginning: AuditMark = { no: 0, hash: new Uint8Array(32) };

/** A hash over a row and, by its hash, over everything before it. */
export function chained(before: Uint8Array, no: number, body: string): Buffer {
  return createHash("sha256").update(before).update(`${no}\n`).update(body).digest();
}

/** The table of the audit; `folder` is for messages. */
export function auditTable(database: Database, folder: string): AuditBook {
  const last = database.prepare<[], Row>("SELECT no, body, hash FROM audit ORDER BY no DESC LIMIT 1");
  const base = database.prepare<[], { no: number; hash: Buffer }>("SELECT no, hash FROM audit_base");
  const insert = database.prepare("INSERT INTO audit (no, body, hash) VALUES (@no, @body, @hash)");
  const page = database.prepare<[number], Row>("SELECT no, body, hash FROM audit WHERE no > ? ORDER BY no LIMIT 500");
  const issued = database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").pluck();
  const calls = database.prepare<[Record<string, unknown>], { no: number; body: string; end: string | null }>(
    `SELECT audit.no, audit.body, (SELECT body FROM audit AS ends WHERE ends.of = audit.no) AS end FROM audit
     WHERE audit.of IS NULL AND (@before IS NULL OR audit.no < @before) AND (@who IS NULL OR audit.who = @who)
     ORDER BY audit.no DESC LIMIT @limit`,
  );
  const lastBefore = database.prepare<[number], Row>(
    "SELECT no, body, hash FROM audit WHERE no < (SELECT no FROM audit WHERE at >= ? ORDER BY no LIMIT 1) ORDER BY no DESC LIMIT 1",
  );
  const rebase = database.prepare("UPDATE audit_base SET no = @no, hash = @hash");
  const drop = database.prepare("DELETE FROM audit WHERE no <= ?");
  const before = (): AuditMark => last.get() ?? base.get() ?? beginning;

  const add = database.transaction((body: Body): number => {
    const previous = before();
    // Not what the table would count on: a tail that was cut off must leave a gap.
    const no = Math.max(previous.no, issued.get() ?? 0) + 1;
    const text = JSON.stringify(body);
    insert.run({ no, body: text, hash: chained(previous.hash, no, text) });
    return no;
  });
  const prune = database.transaction((time: number): number => {
    const row = lastBefore.get(time);
    if (row === undefined) return 0;
    rebase.run({ no: row.no, hash: row.hash });
    return drop.run(row.no).changes;
  });

  /** Page after page; between them everything else gets its turn. */
  async function verify(known: AuditMark | null): Promise<AuditVerdict> {
    const start = base.get() ?? beginning;
    let previous: AuditMark = start;
    let [rows, problem] = [0, null as string | null];
    const isKnown = ({ no, hash }: AuditMark) => known?.no === no && Buffer.from(known.hash).equals(hash);
    let met = known === null || known.no <= start.no ? !(known?.no === start.no && !isKnown(start)) : false;
    for (let found = page.all(previous.no); found.length > 0 && problem === null; found = database.open ? page.all(previous.no) : []) {
      for (const row of found) {
        problem = fault(previous, row);
        if (problem !== null) break;
        rows += 1;
        previous = { no: row.no, hash: row.hash };
        met ||= isKnown(previous);
      }
      await setImmediate();
    }
    const newest = before();
    const counted = issued.get() ?? 0;
    if (problem === null && counted > newest.no) problem = `rows ${newest.no + 1} to ${counted} are missing at the end`;
    if (problem === null && !met)
      problem = `row ${known?.no} is not what it was when it was verified before: it was rewritten, or is missing`;
    return { rows, problem, newest: { no: newest.no, hash: newest.hash }, oldest: start.no + 1 };
  }

  return {
    begin: (call) => guarded(folder, () => add.immediate(call)),
    end: (no, at, outcome) => guarded(folder, () => void add.immediate({ at, of: no, ...outcome })),
    whole: (call, outcome, times) => guarded(folder, () => void add.immediate({ ...call, ...outcome, times })),
    list: (limit, no, who) => guarded(folder, () => calls.all({ limit, before: no, who }).map(entry)),
    verify: (known) => verify(known).catch((thrown: unknown) => Promise.reject(storeFault(folder, thrown))),
    prune: (time) => guarded(folder, () => prune.immediate(time)),
  };
}

function fault(previous: AuditMark, { no, body, hash }: Row): string | null {
  if (no !== previous.no + 1)
    return no === previous.no + 2 ? `row ${previous.no + 1} is missing` : `rows ${previous.no + 1} to ${no - 1} are missing`;
  return chained(previous.hash, no, body).equals(hash) ? null : `row ${no} is not as it was written`;
}

function entry({ no, body, end }: { readonly no: number; readonly body: string; readonly end: string | null }): AuditEntry {
  const { result, detail, times = 1, ...call } = JSON.parse(body) as AuditedCall & Partial<AuditedResult> & { readonly times?: number };
  const ended = end === null ? null : (JSON.parse(end) as AuditedResult);
  const own = result === undefined ? null : { result, detail: detail ?? "" };
  return { ...call, no, outcome: own ?? (ended && { result: ended.result, detail: ended.detail }), times };
}
