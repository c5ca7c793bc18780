import type { RunEvent__Output as RunEvent } from "../../../proto/types.ts";
import { exit } from "../exit.ts";
import { forRun, withHost } from "../fleet/with-host.ts";
import { watchRun } from "../fleet/watch.ts";
import { onInterrupt } from "../follow/interrupt.ts";
import { eventRecord, hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { clean, overwritten } from "../render/text.ts";
import { shortRun } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";
import { runBy } from "./run-show.ts";

/** Everything that a run's scripts have printed; of one that is under way also what they are going to print. */
export async function runLogs(session: Session, _flags: Globals, id: string): Promise<number> {
  return withHost(session, forRun(id, `logs of run ${id}`), async (host, name) => {
    const run = await runBy(host, id);
    const interruption = onInterrupt();
    const say =
      session.output === "ndjson" ? (event: RunEvent) => session.record({ ...hostRecord(name), ...eventRecord(event) }) : sayText(session);
    const texts: string[] = [];
    let hasPrinted = false;
    const connection = { lost: () => {}, back: () => {} };
    for await (const event of watchRun(host, run.id, connection, interruption.signal)) {
      if (!event.output) continue;
      hasPrinted = true;
      if (session.output === "json" || session.output === "yaml") texts.push(event.output.text);
      else say(event);
    }
    interruption.end();
    // Beside what was printed, which is passed on byte for byte.
    if (session.output === "table" && !hasPrinted && !session.quiet && !interruption.signal.aborted)
      session.printError([[span(`run ${shortRun(run.id)} has printed nothing`)]]);
    if (session.output === "json" || session.output === "yaml")
      await session.document({ ...hostRecord(name), run_id: run.id, output: texts.join("") });
    return interruption.signal.aborted ? exit.interrupted : exit.done;
  });
}

/** Into a file or a pipe as it was printed; to a terminal without what would control it. */
function sayText({ io }: Session): (event: RunEvent) => void {
  return ({ output }) => {
    const { text = "", dropped_bytes: dropped = 0 } = output ?? {};
    if (dropped > 0) io.stdout.write(`(${dropped} bytes left out)\n`);
    io.stdout.write(
      io.stdout.isTTY
        ? text
            .split("\n")
            .map((line) => clean(overwritten(line)))
            .join("\n")
        : text,
    );
  };
}
