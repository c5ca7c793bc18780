import { randomUUID } from "node:crypto";
import type { Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { exit, exitOf, type Ending } from "../exit.ts";
import type { Host } from "../fleet/host.ts";
import { Trouble } from "../fleet/trouble.ts";
import { naming } from "../render/ending.ts";
import { hostRecord, refusedRecord, runRecord } from "../render/json.ts";
import { span, type Line } from "../render/line.ts";
import type { HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { follow, sayRefused } from "./follow.ts";
import { onInterrupt } from "./interrupt.ts";
import { refusedBy, type Refused } from "./refused.ts";
import { untilAnswered } from "./until-answered.ts";

/** What came of asking for runs: those that were written down, and what may not begin. */
export interface Started {
  readonly runs: readonly Run[];
  readonly refused: readonly Refused[];
}

/** Asks for runs, and follows them to their end unless they are to be left alone. Gives the exit code. */
export async function begin(
  session: Session,
  host: Host,
  name: HostName,
  afterwards: "follow" | "detach",
  start: (request_id: string) => Promise<Started>,
): Promise<number> {
  const interruption = onInterrupt();
  // The same one each time, so that the runs begin once however often they are asked for.
  const request_id = randomUUID();
  const started = await Promise.race([untilAnswered(session, host, interruption.signal, () => start(request_id)), interruption.happened]);
  if (started === null) {
    session.printError([[span("Interrupted. Whether anything has begun is not known; see: phoenixctl run list")]]);
    return exit.interrupted;
  }
  if (afterwards === "follow") return follow(session, host, name, started.runs, started.refused, interruption);
  interruption.end();
  await sayBegun(session, name, started);
  return exitOf([...started.runs.map((): Ending => "succeeded"), ...started.refused.map((): Ending => "refused")]);
}

/** The answer of a call that begins one run. */
export async function one(kind: RunKind, call: Promise<{ run: Run | null }>): Promise<Started> {
  return orRefused(
    kind,
    call.then(({ run }) => ({ runs: run ? [run] : [], refused: [] })),
  );
}

/** An answer, or the refusals that the call was answered with instead. */
export async function orRefused(kind: RunKind, call: Promise<Started>): Promise<Started> {
  try {
    return await call;
  } catch (thrown) {
    const refused = thrown instanceof Trouble ? refusedBy(thrown, kind) : null;
    if (refused === null) throw thrown;
    return { runs: [], refused };
  }
}

async function sayBegun(session: Session, name: HostName, { runs, refused }: Started): Promise<void> {
  const runRecords = runs.map(runRecord);
  const refusedRecords = refused.map(({ kind, ctid, blockers }) => refusedRecord(kind, ctid, blockers));
  if (session.output === "ndjson") {
    for (const run of runRecords) session.record({ ...hostRecord(name), run });
    for (const each of refusedRecords) session.record({ ...hostRecord(name), refused: each });
  } else if (session.output !== "table") {
    await session.document({ ...hostRecord(name), runs: runRecords, refused: refusedRecords });
  } else {
    sayRefused(session, name, refused);
    session.print(runs.flatMap((run): Line[] => [[span(`${naming(run, name)} is under way: phoenixctl run watch ${run.id}`)]]));
  }
}
