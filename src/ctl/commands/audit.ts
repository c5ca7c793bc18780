import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { auditRecord, auditTable } from "../render/audit.ts";
import { hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { clean } from "../render/text.ts";
import { count, hostLabel } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** The flags of audit. */
export interface AuditFlags extends Globals {
  readonly limit?: number;
  readonly who?: string;
  readonly before?: number;
}

/** A place in the audit: the number of a row, and its hash. */
export interface Mark {
  readonly no: number;
  readonly hash: Uint8Array;
}

/** Lists what was done and what was refused, newest first. */
export async function auditList(session: Session, flags: AuditFlags): Promise<number> {
  return withHost(session, "audit", async (host, name) => {
    const request = { limit: flags.limit ?? 20, before: flags.before ?? 0, who: flags.who ?? "" };
    const { entries } = await ask(host, host.services.trust.ListAudit, request);
    if (session.output === "ndjson") for (const each of entries) session.record({ ...hostRecord(name), ...auditRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), entries: entries.map(auditRecord) });
    else session.print(auditTable(entries, name, session.look()));
    return exit.done;
  });
}

/** Seconds that a look at all rows may take. */
const patience = 600;

/** Looks whether the audit is as it was written. */
export async function auditVerify(session: Session, flags: Globals & { readonly known?: Mark }): Promise<number> {
  return withHost(session, "verification of the audit", async (host, name) => {
    const known = flags.known === undefined ? null : { no: flags.known.no, hash: Buffer.from(flags.known.hash) };
    const { rows, problem, newest, oldest } = await ask(host, host.services.trust.VerifyAudit, { known }, patience);
    const mark = newest === null ? null : `${newest.no}:${Buffer.from(newest.hash).toString("hex")}`;
    if (session.output === "ndjson") session.record({ ...hostRecord(name), rows, problem: problem || null, newest: mark, oldest });
    else if (session.output !== "table")
      await session.document({ ...hostRecord(name), rows, problem: problem || null, newest: mark, oldest });
    else if (problem !== "") {
      session.print([
        [span(`the audit of ${hostLabel(name)} was changed: ${clean(problem)}.`, "bad")],
        [span(`  ${count(rows, "row")} before that ${rows === 1 ? "is" : "are"} as written.`)],
      ]);
    } else if (!session.quiet) {
      session.print([
        [span(`the audit of ${hostLabel(name)} is as it was written: ${count(rows, "row")}, from ${oldest} on.`)],
        ...(mark === null
          ? []
          : [
              [span("  keep elsewhere   ", "dim"), span(mark)],
              [span("  next time        ", "dim"), span(`phoenixctl audit verify --known ${mark}`)],
            ]),
      ]);
    }
    return problem === "" ? exit.done : exit.failed;
  });
}
