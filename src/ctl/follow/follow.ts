import type { Run__Output as Run } from "../../../proto/types.ts";
import { exit, exitOf, type Ending } from "../exit.ts";
import type { Host } from "../fleet/host.ts";
import type { Connection } from "../fleet/patience.ts";
import { watchRun } from "../fleet/watch.ts";
import { span, type Line } from "../render/line.ts";
import { seen, viewOf, type RunView } from "../render/view.ts";
import { hostLabel, shortRun, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { onInterrupt, type Interruption } from "./interrupt.ts";
import type { Refused } from "./refused.ts";
import type { Show, Stage } from "./show.ts";
import { showFor } from "./shows.ts";

/** Shows runs of a host until all have ended, and gives the exit code. Ctrl-C ends the showing; the runs go on. */
export async function follow(
  session: Session,
  host: Host,
  name: HostName,
  runs: readonly Run[],
  refused: readonly Refused[],
  interruption: Interruption = onInterrupt(),
): Promise<number> {
  const views: RunView[] = runs.map((run) => viewOf(run, name));
  const refusedThere = refused.map((each) => ({ ...each, host: name }));
  const stage = (): Stage => ({ views, refused: refusedThere, notBegun: [], asked: [] });
  const show = showFor(session, stage);
  show.refused(refusedThere);
  try {
    await watchAll(host, name, views, show, interruption.signal);
  } catch (thrown) {
    show.stop();
    sayHowToWatch(session, "Whether the run goes on is not known.", views);
    throw thrown;
  } finally {
    interruption.end();
  }
  show.stop();
  if (interruption.signal.aborted) {
    sayHowToWatch(session, goOn(views.length), views);
    return exit.interrupted;
  }
  await show.end();
  return exitOf(endingsOf(stage()));
}

/** Watches runs of a host until all have ended; their views are kept up to date in their places. Throws Trouble. */
export async function watchAll(host: Host, name: HostName, views: RunView[], show: Show, signal: AbortSignal): Promise<void> {
  const connection: Connection = {
    lost: (since) => show.connection(name, since),
    back: () => show.connection(name, null),
  };
  await Promise.all(
    views.map(async ({ run }, index) => {
      for await (const event of watchRun(host, run.id, connection, signal)) {
        const before = views[index] ?? viewOf(run, name);
        views[index] = seen(before, event);
        show.event(before, event);
      }
    }),
  );
}

/** What became of everything that was asked for. */
export function endingsOf({ views, refused, notBegun }: Stage): Ending[] {
  return [
    ...views.map(({ run }): Ending => (run.state === "RUN_STATE_SUCCEEDED" ? "succeeded" : "failed")),
    ...refused.map((): Ending => "refused"),
    ...notBegun.map(({ complaint }): Ending => (complaint.exitCode === exit.unreachable ? "unreachable" : "failed")),
  ];
}

/** That Ctrl-C has ended the showing alone. */
export function goOn(runs: number): string {
  return runs === 1 ? "Interrupted. The run goes on." : "Interrupted. The runs go on.";
}

/** Tells where runs can be seen again. */
export function sayHowToWatch(session: Session, what: string, views: readonly RunView[]): void {
  const hosts = new Set(views.map(({ host }) => hostLabel(host)));
  const labels = views.map(({ host, run }) => (hosts.size > 1 ? `watch ${run.ctid} on ${hostLabel(host)}` : `watch ${run.ctid}`));
  const width = Math.max(14, ...labels.map(({ length }) => length + 2));
  const rows = views.map(({ run }, index): Line => {
    return [span(`  ${(labels[index] ?? "").padEnd(width)}`, "dim"), span(`phoenixctl run watch ${shortRun(run.id)}`)];
  });
  session.printError([[span(what)], ...rows]);
}
