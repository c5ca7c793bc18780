import { settled, type BootBook, type BootOwner, type Ownership } from "../domain/boot.ts";
import type { Clock } from "../domain/clock.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import type { Events } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import type { Plan } from "../domain/plan.ts";
import { autostartRuns, driftText, planAutostart, type AutostartPlan } from "../plan/autostart.ts";
import type { World } from "../plan/world.ts";
import type { BootStarted } from "./boot.ts";
import type { Orchestrator } from "./orchestrator.ts";

/** Who starts containers after a boot of the host, and what the platform has to be told so that it is so. */
export interface OwnerView {
  readonly ownership: Ownership;
  /** What the settings say, which counts while nobody has chosen. */
  readonly configured: BootOwner;
  /** What differs on the platform from what this owner needs. */
  readonly autostart: AutostartPlan;
}

/** What a change of the platform would be. */
export interface ApplyView {
  readonly owner: BootOwner;
  readonly autostart: AutostartPlan;
  /** A run for each change. */
  readonly plans: readonly Plan[];
}

/** Who starts containers when the host has booted. Every method throws Fault. */
export interface Owners {
  /** The owner as it was chosen, without a look at the platform. */
  chosen(): BootOwner;
  /** The owner in a world. Where the platform starts nothing, that is the agent. */
  ownerIn(world: World): BootOwner;
  view(): Promise<OwnerView>;
  /** What would have to be changed for this owner; null: for the one that there is. Changes nothing. */
  plan(owner: BootOwner | null): Promise<ApplyView>;
  /** Changes on the platform what the owner needs. The same request_id is the same change. */
  apply(request_id: string): Promise<BootStarted>;
  /** Makes somebody the owner, and changes the platform for that: everything, or nothing when one container can't be changed. */
  change(request_id: string, to: BootOwner): Promise<BootStarted>;
  /** Takes up a change of owner that was cut off before its runs were written down. Once, after the runs were taken up. */
  resume(): Promise<void>;
  /** Says what differs on the platform, if that was ever as it should be. Never throws. */
  sayDrift(): Promise<void>;
}

export interface OwnerParts {
  readonly book: Pick<BootBook, "ownership" | "choose">;
  readonly journal: Pick<Journal, "findRequest">;
  readonly orchestrator: Pick<Orchestrator, "startPlanned">;
  readonly world: () => Promise<World>;
  readonly clock: Pick<Clock, "now">;
  readonly events: Events;
  /** What the settings say. */
  readonly configured: BootOwner;
}

/**
 * The owner of boots. It is in the store from the first choice on. While it is being changed, the agent is the owner: it starts what does
 * not run, so that at the worst something is started twice, which is the same as once; and a change that was cut off is completed.
 */
export function createOwners({ book, journal, orchestrator, world, clock, events, configured }: OwnerParts): Owners {
  const current = (): Ownership => {
    const kept = book.ownership();
    if (kept?.since == null) return { owner: configured, since: null, change: null, trouble: "" };
    const now = settled(kept, kept.change === null ? null : (journal.findRequest(kept.change.request_id)?.runs ?? null));
    if (now === kept) return kept;
    book.choose(now);
    sayOwner(now);
    return now;
  };
  const sayOwner = ({ owner, trouble }: Ownership) =>
    events.say(
      trouble === ""
        ? { kind: "boot.owner", level: "info", message: `${owner} starts containers at boot`, details: { owner } }
        : { kind: "boot.owner", level: "error", message: `the owner of boots could not be changed: ${trouble}`, details: { owner } },
    );
  const isAlone = ({ inventory }: World) => inventory.autostart.by === "nothing";
  const ownershipIn = (now: World): Ownership => (isAlone(now) ? { ...current(), owner: "agent", change: null, trouble: "" } : current());

  const start = async (request_id: string, to: BootOwner): Promise<BootStarted> => {
    const before = current();
    const planned = (now: World) => {
      const plans = autostartRuns(planAutostart(now, to), now);
      const blocked = plans.filter(({ blockers }) => blockers.length > 0);
      if (blocked.length > 0) return blocked.map((plan) => ({ plan, after: [] }));
      const chosen = { since: clock.now(), trouble: "" };
      const next =
        plans.length === 0 ? { owner: to, change: null } : { owner: to === "agent" ? to : before.owner, change: { to, request_id } };
      book.choose({ ...chosen, ...next });
      if (next.change === null && before.owner !== to) sayOwner({ ...chosen, ...next });
      return plans.map((plan) => ({ plan, after: [] }));
    };
    try {
      return await orchestrator.startPlanned(request_id, planned);
    } catch (error) {
      if (before.change === null && journal.findRequest(request_id) === null) book.choose(before);
      throw error;
    }
  };

  const refuseDuringChange = (request_id: string) => {
    const { change } = current();
    if (change === null || change.request_id === request_id) return;
    const [run] = journal.findRequest(change.request_id)?.runs ?? [];
    const remedy = run === undefined ? "wait a moment" : `wait: phoenixctl run watch ${run.id}`;
    throw new Fault("BUSY", `the owner of boots is being changed to ${change.to}`, remedy, "transient");
  };

  return {
    chosen: () => current().owner,

    ownerIn: (now) => ownershipIn(now).owner,

    async view() {
      const now = await world();
      const ownership = ownershipIn(now);
      return { ownership, configured, autostart: planAutostart(now, ownership.owner) };
    },

    async plan(asked) {
      const now = await world();
      const owner = asked ?? ownershipIn(now).owner;
      if (owner === "proxmox" && isAlone(now)) throw nothingElse();
      const autostart = planAutostart(now, owner);
      return { owner, autostart, plans: autostartRuns(autostart, now) };
    },

    async apply(request_id) {
      refuseDuringChange(request_id);
      return orchestrator.startPlanned(request_id, (now) => {
        const ownership = ownershipIn(now);
        const plans = autostartRuns(planAutostart(now, ownership.owner), now);
        // Who has told the platform so much has chosen: what the settings say later must not leave it with nobody.
        if (ownership.since === null && plans.length > 0) book.choose({ ...ownership, since: clock.now() });
        return plans.map((plan) => ({ plan, after: [] }));
      });
    },

    async change(request_id, to) {
      if (isAlone(await world())) {
        if (to === "proxmox") throw nothingElse();
        return { runs: [], refused: [] };
      }
      refuseDuringChange(request_id);
      return start(request_id, to);
    },

    async resume() {
      const { change } = current();
      if (change === null || journal.findRequest(change.request_id) !== null) return;
      try {
        const { refused } = await start(change.request_id, change.to);
        const [first] = refused;
        if (first === undefined) return;
        const why = first.blockers.map(({ message }) => message).join("; ");
        book.choose({ ...current(), change: null, trouble: `${first.request.ctid}: ${why}` });
        sayOwner(current());
      } catch (error) {
        // It is taken up in the next life; until then the agent is the owner.
        events.say({
          kind: "boot.owner",
          level: "error",
          message: `the change of the owner of boots can't go on: ${toFailure(error).message}`,
        });
      }
    },

    async sayDrift() {
      try {
        const now = await world();
        const { owner, since } = ownershipIn(now);
        // A host on which nobody has applied anything would be told of each container at each start.
        if (since === null && owner === "proxmox") return;
        for (const change of planAutostart(now, owner).changes) {
          const message = `${change.ctid}: ${driftText(change, owner)}`;
          events.say({ kind: "boot.drift", level: owner === "agent" ? "error" : "warn", ctid: change.ctid, message });
        }
      } catch {
        // Whoever can't look at the platform is told so by everything else.
      }
    },
  };
}

function nothingElse(): Fault {
  return new Fault("UNSUPPORTED", "nothing on this host starts containers at boot but the agent", "the owner is the agent, and stays it");
}
