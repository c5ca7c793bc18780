import { exit, exitOf, type Ending } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { forContainer, withHost } from "../fleet/with-host.ts";
import { begin, type Started } from "../follow/begin.ts";
import { sayPlans } from "./plan.ts";
import { hostBootRecord, ownershipRecord } from "../render/boot-json.ts";
import { hostBootLines, ownerNotes } from "../render/boot-owner.ts";
import { bootStatus as statusLines } from "../render/boot-status.ts";
import { hostRecord, runRecord } from "../render/json.ts";
import type { Globals, Session } from "../session.ts";

/** The flags of boot run. */
export interface BootRunFlags extends Globals {
  readonly only?: number;
  readonly detach?: boolean;
}

/** Starts what does not run, as the plan says. */
export async function bootRun(session: Session, flags: BootRunFlags): Promise<number> {
  const ctids = flags.only === undefined ? [] : [flags.only];
  return withHost(session, flags.only === undefined ? "boot" : forContainer(flags.only, `boot of ${flags.only}`), (host, name) =>
    begin(session, host, name, flags.detach ? "detach" : "follow", async (request_id): Promise<Started> => {
      const { runs, refused } = await ask(host, host.services.boot.StartBoot, { request_id, ctids });
      return { runs, refused: refused.map(({ kind, ctid, blockers }) => ({ kind, ctid, blockers })) };
    }),
  );
}

/** The flags of boot shutdown. */
export interface ShutdownFlags extends Globals {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** Stops what runs, in the reverse order of a boot. */
export async function bootShutdown(session: Session, flags: ShutdownFlags): Promise<number> {
  const force = flags.force ?? false;
  return withHost(session, "boot shutdown", async (host, name) => {
    if (flags.dryRun === true) {
      const { plans } = await ask(host, host.services.boot.PlanShutdown, { force });
      return sayPlans(session, name, plans);
    }
    return begin(session, host, name, flags.detach ? "detach" : "follow", async (request_id): Promise<Started> => {
      const { runs, refused } = await ask(host, host.services.boot.StartShutdown, { request_id, force });
      return { runs, refused: refused.map(({ kind, ctid, blockers }) => ({ kind, ctid, blockers })) };
    });
  });
}

/** Says what became of the newest boot. The exit code is what it came to so far. */
export async function bootStatus(session: Session, _flags: Globals): Promise<number> {
  return withHost(session, "boot status", async (host, name) => {
    const { runs, host_boot, ownership } = await ask(host, host.services.boot.GetBoot, {});
    const look = session.look();
    const more = {
      host_boot: host_boot === null ? null : hostBootRecord(host_boot),
      ownership: ownership === null ? null : ownershipRecord(ownership),
    };
    if (session.output === "ndjson") for (const each of runs) session.record({ ...hostRecord(name), ...runRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), runs: runs.map(runRecord), ...more });
    else
      session.print([
        ...(host_boot === null ? [] : hostBootLines(host_boot, name, look)),
        ...statusLines(runs, name, look),
        ...(ownership === null ? [] : ownerNotes(ownership, name, look)),
      ]);
    const bad = ["RUN_STATE_FAILED", "RUN_STATE_CANCELLED", "RUN_STATE_SKIPPED"];
    return runs.length === 0 ? exit.done : exitOf(runs.map(({ state }): Ending => (bad.includes(state) ? "failed" : "succeeded")));
  });
}
