import { randomUUID } from "node:crypto";
import type { Run__Output as Run, RunKind__Output as RunKind } from "../../../proto/types.ts";
import { exit, exitOf, type Ending } from "../exit.ts";
import type { Host } from "../fleet/host.ts";
import { Trouble } from "../fleet/trouble.ts";
import { naming } from "../render/ending.ts";
import { batchRecord, hostRecord, refusedRecord, runRecord } from "../render/json.ts";
import { span, type Line } from "../render/line.ts";
import { viewOf } from "../render/view.ts";
import { hostLabel, type HostName } from "../render/words.ts";
import type { Session } from "../session.ts";
import { follow } from "./follow.ts";
import { onInterrupt } from "./interrupt.ts";
import { refusedBy, type Refused } from "./refused.ts";
import type { Stage } from "./show.ts";
import { batchOf, sayNotBegun, sayRefused } from "./shows.ts";
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
  const views = started.runs.map((run) => viewOf(run, name));
  await sayBegun(session, { views, refused: started.refused.map((each) => ({ ...each, host: name })), notBegun: [], asked: [] });
  return exitOf([...started.runs.map((): Ending => "succeeded"), ...started.refused.map((): Ending => "refused")]);
}

/** The same for what may turn out to be nothing at all; `nothing` says so to people, for example "nothing to stop". */
export function beginOrNothing(
  session: Session,
  host: Host,
  name: HostName,
  { afterwards, nothing }: { readonly afterwards: "follow" | "detach"; readonly nothing: string },
  call: (request_id: string) => Promise<Started>,
): Promise<number> {
  return begin(session, host, name, afterwards, async (request_id) => {
    const started = await call(request_id);
    if (started.runs.length + started.refused.length === 0 && session.output === "table" && !session.quiet)
      session.print([[span(`${nothing} on ${hostLabel(name)}`)]]);
    return started;
  });
}

/** The answer of a call that begins one run, and maybe others that it waits for. */
export async function one(kind: RunKind, call: Promise<{ run: Run | null; before?: readonly Run[] }>): Promise<Started> {
  return orRefused(
    kind,
    call.then(({ run, before = [] }) => ({ runs: run ? [...before, run] : [], refused: [] })),
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

/** Says what has begun, and what may not. */
export async function sayBegun(session: Session, stage: Stage): Promise<void> {
  const { views, refused, notBegun } = stage;
  if (session.output === "ndjson") {
    for (const { host, run } of views) session.record({ ...hostRecord(host), run: runRecord(run) });
    for (const { host, kind, ctid, blockers } of refused)
      session.record({ ...hostRecord(host), refused: refusedRecord(kind, ctid, blockers) });
    for (const { host, ctids, complaint } of notBegun) session.record({ host, not_begun: { ctids, message: complaint.message } });
  } else if (session.output !== "table") {
    await session.document(batchRecord(batchOf(stage)));
  } else {
    sayRefused(session, refused);
    session.print(views.map(({ host, run }): Line => [span(`${naming(run, host)} is under way: phoenixctl run watch ${run.id}`)]));
    for (const each of notBegun) sayNotBegun(session, each);
  }
}
