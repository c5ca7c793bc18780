import type { BootOwner__Output as Owner, PlanBootApplyResponse__Output as Apply } from "../../../proto/types.ts";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { ask, type Host } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { begin, orRefused, type Started } from "../follow/begin.ts";
import { sayRefused } from "../follow/shows.ts";
import { applyRecord, ownershipRecord } from "../render/boot-json.ts";
import { applyLines, checkLines, ownerLines } from "../render/boot-owner.ts";
import { hostRecord } from "../render/json.ts";
import type { HostName } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** The flags of boot apply. */
export interface ApplyFlags extends Globals {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** Changes on the platform what the owner of boots needs, and says before what that is. */
export async function bootApply(session: Session, flags: ApplyFlags): Promise<number> {
  return withHost(session, "boot apply", async (host, name) => {
    const apply = await ask(host, host.services.boot.PlanBootApply, {});
    if (flags.check === true) return sayCheck(session, apply, name);
    if (flags.dryRun === true) return sayApply(session, apply, name);
    if (session.output === "table" && !session.quiet) session.print(applyLines(apply, name, session.look()));
    if (apply.changes.length === 0 && session.output === "table") return apply.problems.length > 0 ? exit.refused : exit.done;
    const code = await begin(session, host, name, flags.detach ? "detach" : "follow", async (request_id): Promise<Started> => {
      const { runs, refused } = await ask(host, host.services.boot.StartBootApply, { request_id });
      return { runs, refused: refused.map(({ kind, ctid, blockers }) => ({ kind, ctid, blockers })) };
    });
    return code === exit.done && apply.problems.length > 0 ? exit.someFailed : code;
  });
}

/** The flags of boot owner. */
export interface OwnerFlags extends Globals {
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

const owners: Readonly<Record<string, Exclude<Owner, "BOOT_OWNER_UNSPECIFIED">>> = {
  proxmox: "BOOT_OWNER_PROXMOX",
  agent: "BOOT_OWNER_AGENT",
};

/** Says who starts containers at boot, or makes somebody do it. */
export async function bootOwner(session: Session, flags: OwnerFlags, asked?: string): Promise<number> {
  if (asked === undefined) return withHost(session, "boot owner", (host, name) => sayOwner(session, host, name));
  const owner = Object.hasOwn(owners, asked) ? owners[asked] : undefined;
  if (owner === undefined) throw complaint(exit.usage, `"${asked}" can't be the owner of boots: expected proxmox or agent`);
  return withHost(session, `boot owner ${asked}`, async (host, name) => {
    const apply = await ask(host, host.services.boot.PlanBootApply, { owner });
    if (flags.dryRun === true) return sayApply(session, apply, name);
    if (session.output === "table" && !session.quiet && apply.changes.length > 0) session.print(applyLines(apply, name, session.look()));
    const code = await begin(session, host, name, flags.detach ? "detach" : "follow", (request_id) =>
      orRefused(
        "RUN_KIND_AUTOSTART",
        ask(host, host.services.boot.SetBootOwner, { request_id, owner }).then(({ runs }) => ({ runs, refused: [] })),
      ),
    );
    if (session.output === "table" && !session.quiet && code !== exit.interrupted) await sayOwner(session, host, name);
    return code;
  });
}

async function sayOwner(session: Session, host: Host, name: HostName): Promise<number> {
  const { ownership } = await ask(host, host.services.boot.GetBootOwner, {});
  if (ownership === null) throw complaint(exit.failed, "the agent did not say who the owner is.");
  if (session.output === "ndjson") session.record({ ...hostRecord(name), ...ownershipRecord(ownership) });
  else if (session.output !== "table") await session.document({ ...hostRecord(name), ...ownershipRecord(ownership) });
  else session.print(ownerLines(ownership, name, session.look()));
  return exit.done;
}

async function sayCheck(session: Session, apply: Apply, name: HostName): Promise<number> {
  if (session.output !== "table") await sayRecord(session, apply, name);
  else if (!session.quiet || !isClean(apply)) session.print(checkLines(apply, name, session.look()));
  return isClean(apply) ? exit.done : exit.refused;
}

async function sayApply(session: Session, apply: Apply, name: HostName): Promise<number> {
  const refused = apply.plans.filter(({ blockers }) => blockers.length > 0);
  if (session.output !== "table") await sayRecord(session, apply, name);
  else if (!session.quiet) session.print(applyLines(apply, name, session.look()));
  if (session.output === "table")
    sayRefused(
      session,
      refused.map((each) => ({ ...each, host: name })),
    );
  if (refused.length > 0 || apply.problems.length > 0) return exit.refused;
  return apply.changes.length === 0 ? exit.done : exit.pending;
}

async function sayRecord(session: Session, apply: Apply, name: HostName): Promise<void> {
  const record = { ...hostRecord(name), ...applyRecord(apply) };
  if (session.output === "ndjson") session.record(record);
  else await session.document(record);
}

function isClean({ changes, problems }: Apply): boolean {
  return changes.length === 0 && problems.length === 0;
}
