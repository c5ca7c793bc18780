import type { Run__Output as Run } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { hostRecord, runRecord } from "../render/json.ts";
import { runDetail } from "../render/runs.ts";
import type { Globals, Session } from "../session.ts";

/** Shows one run in full. */
export async function runShow(session: Session, _flags: Globals, id: string): Promise<number> {
  return withHost(session, `show of run ${id}`, async (host, name) => {
    const run = await runBy(host, id);
    if (session.output === "table") session.print(runDetail(run, name, session.look()));
    else await session.document({ ...hostRecord(name), ...runRecord(run) });
    return exit.done;
  });
}

/** The run with this id, or with this part of an id. */
export async function runBy(host: Host, run_id: string): Promise<Run> {
  const { run } = await ask(host, host.services.orchestration.GetRun, { run_id });
  if (run === null) throw new Error("the agent answered without a run");
  return run;
}
