import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { forRun, withHost } from "../fleet/with-host.ts";
import { untilAnswered } from "../follow/until-answered.ts";
import { naming } from "../render/ending.ts";
import { hostRecord, runRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { shortRun, word } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Asks a run to stop at its next safe point. */
export async function runCancel(session: Session, _flags: Globals, id: string): Promise<number> {
  return withHost(session, forRun(id, `cancel of run ${id}`), async (host, name) => {
    const cancel = () => ask(host, host.services.orchestration.CancelRun, { run_id: id });
    const { run } = await untilAnswered(session, host, new AbortController().signal, cancel);
    if (run === null) throw new Error("the agent answered without a run");
    if (session.output !== "table") await session.document({ ...hostRecord(name), ...runRecord(run) });
    else if (run.finished_at !== null) session.print([[span(`${naming(run, name)} has already ended: ${word(run.state)}.`)]]);
    else {
      session.print([
        [span(`${naming(run, name)} stops at its next safe point, and the container is brought back.`)],
        [span("  watch   ", "dim"), span(`phoenixctl run watch ${shortRun(run.id)}`)],
      ]);
    }
    return exit.done;
  });
}
