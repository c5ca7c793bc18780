import type { Run__Output as Run, RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { forRun, withHost } from "../fleet/with-host.ts";
import { eventRecord, hostRecord, runRecord } from "../render/json.ts";
import { runDetail } from "../render/runs.ts";
import type { Globals, Session } from "../session.ts";

/** Shows one run in full. */
export async function runShow(session: Session, _flags: Globals, id: string): Promise<number> {
  return withHost(session, forRun(id, `show of run ${id}`), async (host, name) => {
    const { run, story } = await storyOf(host, id);
    if (session.output === "table") session.print(runDetail(run, story, name, session.look()));
    else await session.document({ ...hostRecord(name), ...runRecord(run), story: story.map(eventRecord) });
    return exit.done;
  });
}

/** The run with this id, or with this part of an id. */
export async function runBy(host: Host, run_id: string): Promise<Run> {
  return (await storyOf(host, run_id)).run;
}

async function storyOf(host: Host, run_id: string): Promise<{ readonly run: Run; readonly story: readonly RunEvent[] }> {
  const { run, story } = await ask(host, host.services.orchestration.GetRun, { run_id });
  if (run === null) throw new Error("the agent answered without a run");
  return { run, story };
}
