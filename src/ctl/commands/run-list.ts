import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { hostRecord, runRecord } from "../render/json.ts";
import { runTable } from "../render/runs.ts";
import type { Globals, Session } from "../session.ts";

/** Lists runs, newest first. */
export async function runList(session: Session, flags: Globals & { readonly limit?: number }, ctid?: number): Promise<number> {
  return withHost(session, "list of runs", async (host, name) => {
    const { runs } = await ask(host, host.services.orchestration.ListRuns, { ctid: ctid ?? 0, limit: flags.limit ?? 20 });
    if (session.output === "ndjson") for (const each of runs) session.record({ ...hostRecord(name), ...runRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), runs: runs.map(runRecord) });
    else session.print(runTable(runs, name, session.look()));
    return exit.done;
  });
}
