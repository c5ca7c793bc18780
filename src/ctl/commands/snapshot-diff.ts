import type { ServiceError } from "@grpc/grpc-js";
import type { DiffSnapshotResponse__Output as Part, DiffSummary__Output as Summary } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { listen, type Host } from "../fleet/host.ts";
import { troubleOf } from "../fleet/trouble.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { changeLine, diffLines } from "../render/diff.ts";
import { changeRecord, hostRecord, summaryRecord } from "../render/json.ts";
import type { Globals, Session } from "../session.ts";

/** So many changes are shown when nobody says how many. */
const usualLimit = 1000;

/** The flags of snapshot diff. */
export interface DiffFlags extends Globals {
  readonly limit?: number;
  readonly all?: boolean;
}

/** Says what is different between two states of a container, as it is found. */
export async function snapshotDiff(session: Session, flags: DiffFlags, ctid: number, from: string, to?: string): Promise<number> {
  const limit = flags.all === true ? 0 : (flags.limit ?? usualLimit);
  return withHost(session, forContainer(ctid, `diff of ${ctid}`), async (host, name) => {
    const changes: object[] = [];
    let shown = 0;
    let summary: Summary | null = null;
    for await (const part of parts(host, { ctid, from, to: to ?? "", limit })) {
      if (part.summary) summary = part.summary;
      if (!part.change) continue;
      shown += 1;
      const record = changeRecord(part.change);
      if (session.output === "ndjson") session.record({ ...hostRecord(name), ctid, ...record });
      else if (session.output !== "table") changes.push(record);
      else if (!session.quiet) session.print([changeLine(part.change)]);
    }
    if (summary === null) return exit.failed;
    const ends = { ctid, from, to: to ?? null };
    if (session.output === "ndjson") session.record({ ...hostRecord(name), ...ends, summary: summaryRecord(summary) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), ...ends, changes, summary: summaryRecord(summary) });
    else if (!session.quiet) session.print(diffLines(summary, ends, shown, name));
    return exit.done;
  });
}

async function* parts(
  host: Host,
  request: { readonly ctid: number; readonly from: string; readonly to: string; readonly limit: number },
): AsyncGenerator<Part> {
  const stream = listen(host, host.services.snapshot.DiffSnapshot, request);
  try {
    for await (const part of stream as AsyncIterable<Part>) yield part;
  } catch (thrown) {
    throw troubleOf(thrown as ServiceError, host.contract);
  } finally {
    stream.cancel();
  }
}
