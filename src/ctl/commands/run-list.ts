import { fromTimestamp } from "../../../proto/time.ts";
import type { Run__Output as Run } from "../../../proto/types.ts";
import { ask } from "../fleet/host.ts";
import { remember } from "../fleet/memory.ts";
import { listHosts, nothingMore } from "../follow/list.ts";
import { runRecord } from "../render/json.ts";
import type { Located } from "../render/located.ts";
import { runTable } from "../render/runs.ts";
import type { Globals, Session } from "../session.ts";

/** Lists runs, newest first. */
export async function runList(session: Session, flags: Globals & { readonly limit?: number }, ctid?: number): Promise<number> {
  const limit = flags.limit ?? 20;
  return listHosts(session, {
    errand: { kind: "hosts", doing: "list of runs" },
    key: "runs",
    none: (where) => `no runs on ${where}`,
    ask: async (host) => {
      const { runs } = await ask(host, host.services.orchestration.ListRuns, { ctid: ctid ?? 0, limit });
      await remember(session.io.env, host.place, { runs: runs.map(({ id }) => id) });
      return runs;
    },
    arrange: (rows) => rows.toSorted((a, b) => moment(b) - moment(a)).slice(0, limit),
    record: runRecord,
    lines: runTable,
    more: nothingMore,
  });
}

function moment({ item }: Located<Run>): number {
  return fromTimestamp(item.created_at) ?? 0;
}
