import type { Run__Output as Run } from "../../../proto/types.ts";
import { exit, exitOf, type Ending } from "../exit.ts";
import type { Host } from "../fleet/host.ts";
import type { Connection } from "../fleet/patience.ts";
import { watchRun } from "../fleet/watch.ts";
import { refusal } from "../render/ending.ts";
import { span, type Line } from "../render/line.ts";
import { seen, viewOf, type RunView } from "../render/view.ts";
import { shortRun, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { onInterrupt, type Interruption } from "./interrupt.ts";
import type { Refused } from "./refused.ts";
import { showFor } from "./shows.ts";

/** Shows runs until all have ended, and gives the exit code. Ctrl-C ends the showing; the runs go on. */
export async function follow(
  session: Session,
  host: Host,
  name: HostName,
  runs: readonly Run[],
  refused: readonly Refused[],
  interruption: Interruption = onInterrupt(),
): Promise<number> {
  if (session.output === "table") sayRefused(session, name, refused);
  const views: RunView[] = runs.map(viewOf);
  const show = showFor(session, name, refused, () => views);
  const connection: Connection = {
    lost: (since) => show.connection(since, views),
    back: () => show.connection(null, views),
  };
  const watchOne = async (run: Run, index: number) => {
    for await (const event of watchRun(host, run.id, connection, interruption.signal)) {
      const before = views[index] ?? viewOf(run);
      views[index] = seen(before, event);
      show.event(before, event, views);
    }
  };
  try {
    await Promise.all(runs.map(watchOne));
  } catch (thrown) {
    show.stop(views);
    sayHowToWatch(session, "Whether the run goes on is not known.", runs);
    throw thrown;
  } finally {
    interruption.end();
  }
  show.stop(views);
  if (interruption.signal.aborted) {
    sayHowToWatch(session, runs.length === 1 ? "Interrupted. The run goes on." : "Interrupted. The runs go on.", runs);
    return exit.interrupted;
  }
  await show.end(views);
  return exitOf([...views.map(endingIn), ...refused.map((): Ending => "refused")]);
}

/** Tells where runs can be seen again. */
export function sayHowToWatch(session: Session, what: string, runs: readonly Run[]): void {
  const rows = runs.map(({ id, ctid }): Line => [span(`  watch ${ctid}`.padEnd(16), "dim"), span(`phoenixctl run watch ${shortRun(id)}`)]);
  session.printError([[span(what)], ...rows]);
}

/** Says why some may not begin. */
export function sayRefused(session: Session, name: HostName, refused: readonly Refused[]): void {
  const look = session.look();
  for (const { kind, ctid, blockers } of refused) session.printError(refusal({ kind, ctid }, blockers, name, look));
}

function endingIn({ run }: RunView): Ending {
  return run.state === "RUN_STATE_SUCCEEDED" ? "succeeded" : "failed";
}
